"""A card's figures by hand; training that does not hang on where rows stand; documents of before keep their version."""

import hashlib
import math
from dataclasses import replace
from importlib import resources

import numpy as np
import polars as pl
import pytest

from matcher.linkage.card import (
    best_candidates,
    estimates,
    fingerprint,
    histogram,
    moves_between,
    thresholds_moved,
    weights_of,
)
from matcher.linkage.levels import FIELDS, code
from matcher.linkage.model import Model, ModelInvalid
from matcher.linkage.train import TrainingFailed, train
from tests.matcher.linkage.builders import frame, village

MODEL = Model.default()


def test_a_document_without_calibration_reads_and_hashes_as_before() -> None:
    text = resources.files("matcher.linkage").joinpath("data/default.json").read_text(encoding="utf-8")
    assert MODEL.text == text.rstrip("\n")
    assert MODEL.version == hashlib.sha256(MODEL.text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("told", ['{"said": [1, 0], "meant": [0, 1]}', '{"said": [0], "meant": []}', "3"])
def test_a_calibration_that_does_not_rise_is_refused(told: str) -> None:
    with pytest.raises(ModelInvalid):
        Model.parse(f'{MODEL.text[:-2]},\n "calibration": {told}\n}}')


def test_weights_are_bits_in_chinese() -> None:
    told = weights_of(MODEL)
    assert len(told) == sum(len(field.levels) for field in FIELDS)
    same, stranger = (MODEL.weights["sex"][kind][code("sex", "equal")] for kind in ("same", "stranger"))
    (sex,) = (one for one in told if (one.field, one.level) == ("sex", "equal"))
    assert (sex.field_zh, sex.level_zh) == ("性别", "性别相同")
    assert sex.against_stranger == pytest.approx(math.log2(same / stranger), abs=0.005)
    assert all(one.against_stranger == 0 == one.against_relative for one in told if one.level == "missing")


def test_the_biggest_moves_come_first() -> None:
    halved = {kind: list(row) for kind, row in MODEL.weights["phone"].items()}
    halved["same"][code("phone", "equal")] /= 4
    other = replace(MODEL, weights={**MODEL.weights, "phone": {kind: tuple(row) for kind, row in halved.items()}})
    first = moves_between(MODEL, other)[0]
    assert (first.field, first.level, first.by) == ("phone", "equal", pytest.approx(-2, abs=0.01))
    assert {move.by for move in moves_between(MODEL, MODEL)} == {0}
    assert thresholds_moved(MODEL.thresholds, MODEL.thresholds)[0] == ("certain", 0.99, 0.99)


def test_a_fingerprint_knows_content_and_not_order() -> None:
    rows = frame(*village())
    assert fingerprint(rows) == fingerprint(rows.sample(fraction=1, shuffle=True, seed=4))
    assert fingerprint(rows) != fingerprint(rows.with_columns(name=pl.col("name").reverse()))
    split = pl.DataFrame({"a": ["xy", None], "b": ["", "z"]}), pl.DataFrame({"a": ["x", None], "b": ["y", "z"]})
    assert fingerprint(split[0]) != fingerprint(split[1])
    assert fingerprint(pl.DataFrame({"a": [None, "x"]})) != fingerprint(pl.DataFrame({"a": ["", "x"]}))


def test_what_is_expected_to_be_wrong_by_group() -> None:
    links = pl.DataFrame(
        {
            "record_id": ["a", "a", "b", "c"],
            "probability": [0.9, 0.05, 0.4, 0.99],
            "assigned": [True, False, False, True],
        }
    )
    records = pl.DataFrame({"id": ["a", "b", "c", "d"]})
    best = best_candidates(links, records)
    assert dict(best.select("record_id", "probability").iter_rows()) == {"a": 0.9, "b": 0.4, "c": 0.99, "d": 0.0}
    grouped = pl.DataFrame({"record_id": ["a", "b", "c", "d"], "dimension": "feed", "group": ["x", "x", "y", "y"]})
    assert estimates(best, grouped) == [
        {"dimension": "feed", "group": "x", "records": 2, "linked": 1, "expected_false": 0.1, "expected_missed": 0.4},
        {"dimension": "feed", "group": "y", "records": 2, "linked": 1, "expected_false": 0.01, "expected_missed": 0.0},
    ]
    told = histogram(best)
    assert sum(row["records"] for row in told) == 4
    assert sum(row["records"] * row["probability"] for row in told) == pytest.approx(2.29)


def test_shuffled_rows_train_the_same_model_byte_for_byte() -> None:
    people = frame(*village())
    twice = pl.concat([people, people.head(7).with_columns(name=pl.lit("马另名"))])  # former names: ids that repeat
    records = frame(*({**row, "household": None, "id": f"R{n}"} for n, row in enumerate(village()[::2])))
    first = train(twice, records, MODEL)
    shuffled = [side.sample(fraction=1, shuffle=True, seed=8) for side in (twice, records)]
    assert train(*shuffled, MODEL).text == first.text
    assert np.isfinite(first.present)


def test_an_empty_side_is_nothing_to_learn_from() -> None:
    people = frame(*village())
    for sides in ((people, people.head(0)), (people.head(0), people)):
        with pytest.raises(TrainingFailed, match="a side is empty"):
            train(*sides, MODEL)
