"""A model is data: told apart by its content, refused when it does not fit, trained without chance."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from matcher.linkage.chain import link
from matcher.linkage.explain import explain, explain_pattern
from matcher.linkage.levels import FIELDS
from matcher.linkage.model import Model, ModelInvalid
from matcher.linkage.train import Labelled, TrainingFailed, fit, train
from tests.matcher.linkage.builders import frame, person, record, village

MODEL = Model.default()


def test_a_model_comes_back_from_its_file_with_the_same_version(tmp_path: Path) -> None:
    MODEL.save(tmp_path / "model.json")
    assert Model.load(tmp_path / "model.json").version == MODEL.version


def test_any_change_is_another_version() -> None:
    assert replace(MODEL, present=MODEL.present / 2).version != MODEL.version


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"weights": {}, "present": 0.5, "mates": 2, "thresholds": {}}', '{"weights": 1}'],
)
def test_a_file_that_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(ModelInvalid):
        Model.parse(text)


def test_thresholds_out_of_order_are_refused() -> None:
    with pytest.raises(ModelInvalid, match="thresholds"):
        replace(MODEL, thresholds={**MODEL.thresholds, "probable": 0.001})


def test_a_model_of_other_levels_is_refused(tmp_path: Path) -> None:
    MODEL.save(tmp_path / "model.json")
    content = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    content["weights"]["name"]["same"].pop()
    with pytest.raises(ModelInvalid, match="name"):
        Model.parse(json.dumps(content))


def test_nothing_to_compare_is_evidence_for_nothing_in_the_shipped_model() -> None:
    for field in FIELDS:
        assert len({MODEL.weights[field.name][kind][0] for kind in MODEL.weights[field.name]}) == 1


def test_rarer_names_weigh_more_and_relatives_are_told_from_strangers() -> None:
    same, household, stranger = (MODEL.weights["name"][kind] for kind in ("same", "household", "stranger"))
    ratios = [same[level] / stranger[level] for level in range(1, 6)]
    assert ratios == sorted(ratios, reverse=True)
    assert household[-2] > stranger[-2] * 3  # only the surname is shared: a relative, hardly a stranger


def records() -> pl.DataFrame:
    rows = [{**row, "household": None, "id": f"R{n}"} for n, row in enumerate(village()[::2])]
    for row in rows[::4]:
        row["id_number"] = None
    return frame(*rows)


def test_training_is_deterministic_and_keeps_the_classes_apart() -> None:
    people = frame(*village())
    first, second = (train(people, records(), MODEL) for _ in range(2))
    assert first.version == second.version != MODEL.version
    assert first.present > 0.9  # every record's person is among the people
    assert link(people, records(), first).links.filter("assigned").height == records().height


def test_training_refuses_a_start_in_which_the_classes_are_swapped() -> None:
    swapped = {
        name: {"same": kinds["stranger"], "household": kinds["household"], "stranger": kinds["same"]}
        for name, kinds in MODEL.weights.items()
    }
    with pytest.raises(TrainingFailed):
        train(frame(*village()), records(), replace(MODEL, weights=swapped))


def test_fitting_on_labels_learns_what_the_labels_show() -> None:
    truth = pl.DataFrame({"feed_id": records()["id"], "person_id": [row["id"] for row in village()[::2]]})
    wrong_sex = records().with_columns(sex=pl.when(pl.col("sex") == "男").then(pl.lit("女")).otherwise(pl.lit("男")))
    fitted = fit([Labelled(frame(*village()), wrong_sex, truth)], MODEL, "sexes turned round")
    assert fitted.weights["sex"]["same"][2] > 0.9
    assert fitted.note == "sexes turned round"


def test_an_explanation_adds_up_to_the_score_and_speaks_chinese() -> None:
    people = frame(person(), *village())
    linked = link(people, frame(record(id_number=None)), MODEL).links.filter("assigned").row(0, named=True)
    told = explain_pattern(linked["pattern"], MODEL, people=people["id"].n_unique())
    total = told.prior + sum(part.weight for part in told.fields)
    assert told.probability == pytest.approx(1 / (1 + 2**-total))
    assert told.probability == pytest.approx(linked["probability"], abs=1e-3)
    assert "出生日期" in told.text
    assert told.model == MODEL.version


def test_a_pair_that_was_never_compared_can_be_explained() -> None:
    told = explain(person(), record(name="陈国平", id_number=None, sex="男", birth_date="19990101"), MODEL)
    assert told.probability < 1e-6
    assert {part.field: part.level for part in told.fields}["name"] == "differs"
