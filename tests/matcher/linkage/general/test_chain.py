"""The general chain as a whole: right links, whatever the order of rows, and bounded on files that say nothing."""

import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.linkage.general.chain import Linked, dedupe, link
from matcher.linkage.general.explain import explain_pattern
from matcher.linkage.general.headers import HeadersRefused
from matcher.linkage.general.model import GeneralModel
from tests.matcher.linkage.general.builders import frame, people, slip, two_files

MODEL = GeneralModel.shipped("western")


@pytest.fixture(scope="module")
def linked() -> Linked:
    return link(*two_files(1_200, 501), MODEL)


def _right(links: pl.DataFrame) -> pl.Series:
    return links["record_id"].str.slice(1) == links["person_id"].str.slice(1)


def test_who_is_in_both_files_is_found_and_her_family_is_not_taken_for_her(linked: Linked) -> None:
    taken = linked.links.filter("assigned")
    assert int(_right(taken).sum()) >= 1_185
    assert int((~_right(taken)).sum()) <= 3
    assert linked.report["one_to_one"]


def test_each_record_and_each_person_is_taken_once_where_nobody_stands_twice(linked: Linked) -> None:
    taken = linked.links.filter("assigned")
    assert taken["record_id"].is_unique().all()
    assert taken["person_id"].is_unique().all()
    assert (taken["probability"] >= MODEL.thresholds.probable).all()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=4, deadline=None)
def test_the_order_of_rows_and_columns_never_matters(linked: Linked, seed: int) -> None:
    ours, theirs = two_files(1_200, 501)
    draw = random.Random(seed)
    ours, theirs = (side.sample(fraction=1, shuffle=True, seed=draw.randrange(2**31)) for side in (ours, theirs))
    theirs = theirs.select(draw.sample(theirs.columns, len(theirs.columns)))
    again = link(ours, theirs, MODEL)
    assert again.links.write_csv() == linked.links.write_csv()
    assert again.model.version == linked.model.version


def test_a_trained_model_scores_alike_without_training(linked: Linked) -> None:
    frozen = GeneralModel.parse(linked.model.text())
    again = link(*two_files(1_200, 501), frozen)
    assert again.model.version == frozen.version
    both = linked.links.join(again.links, on=["record_id", "person_id"], suffix="_again")
    assert both.filter("assigned").height == linked.links.filter("assigned").height
    assert float((both["probability"] - both["probability_again"]).abs().max() or 0) < 1e-3  # type: ignore[arg-type] - of floats


def test_several_rows_of_one_person_become_one_cluster() -> None:
    known, draw = people(400, 502), random.Random(503)
    rows = [
        {"who": place, **slip(person, draw)} for place, person in enumerate(known) for _ in range(draw.randrange(1, 5))
    ]
    file = frame(rows, "x")
    found = dedupe(file, MODEL)
    assert found.clusters is not None
    told = found.clusters.join(file.select("id", "who"), on="id")
    split = told.group_by("who").agg(pl.col("cluster").n_unique()).filter(pl.col("cluster") > 1).height
    mixed = told.group_by("cluster").agg(pl.col("who").n_unique()).filter(pl.col("who") > 1).height
    assert split <= 8
    assert mixed <= 2
    assert found.report["passed_over"]["feed"] == ("who",)


def test_a_file_held_against_itself_has_each_pair_once_and_all_pairs_of_a_cluster() -> None:
    known, draw = people(150, 504), random.Random(505)
    found = dedupe(frame([slip(person, draw) for person in known for _ in range(3)], "x"), MODEL)
    assert found.clusters is not None
    pairs = found.links.select(
        pl.min_horizontal("record_id", "person_id"), pl.max_horizontal("record_id", "person_id").alias("b")
    )
    assert pairs.is_unique().all()
    assert (found.links["record_id"] != found.links["person_id"]).all()
    sizes = found.clusters["cluster"].value_counts()["count"]
    assert found.links.filter("assigned").height == int((sizes * (sizes - 1) // 2).sum())
    assert (found.links.filter("assigned")["probability"] >= MODEL.thresholds.probable - 1e-9).all()


def test_where_a_person_stands_twice_in_the_feed_both_rows_are_hers() -> None:
    known, draw = people(500, 506), random.Random(507)
    twice = [slip(person, draw) for person in known for _ in range(2)]
    found = link(frame(known, "p"), frame(twice, "r"), MODEL)
    assert not found.report["one_to_one"]
    taken = found.links.filter("assigned").with_columns(
        right=pl.col("record_id").str.slice(1).cast(pl.Int64) // 2 == pl.col("person_id").str.slice(1).cast(pl.Int64)
    )
    assert taken.height >= 980
    assert int((~taken["right"]).sum()) <= 8


def test_people_may_stand_under_several_spellings() -> None:
    ours, theirs = two_files(600, 508)
    spelt = ours.head(300).with_columns(surname=pl.col("surname") + "e")
    found = link(pl.concat([ours, spelt]), theirs, MODEL).links
    assert not found.select("record_id", "person_id").is_duplicated().any()
    assert int(_right(found.filter("assigned")).sum()) >= 585


def test_swapped_names_are_one_piece_of_evidence() -> None:
    ours, theirs = two_files(600, 509)
    swap = pl.col("id") == "r5"
    theirs = ours.with_columns(id="r" + pl.col("id").str.slice(1)).with_columns(
        given_name=pl.when(swap).then("surname").otherwise("given_name"),
        surname=pl.when(swap).then("given_name").otherwise("surname"),
    )
    row = link(ours, theirs, MODEL).links.row(
        by_predicate=(pl.col("record_id") == "r5") & pl.col("assigned"), named=True
    )
    assert row["person_id"] == "p5"
    assert (row["given_name_level"], row["surname_level"]) == ("crossed", "missing")


def test_the_parts_of_an_explanation_add_up_to_the_probability(linked: Linked) -> None:
    for row in linked.links.head(50).iter_rows(named=True):
        why = explain_pattern(row["pattern"], linked)
        odds = why.prior + sum(part.weight for part in why.fields) + why.together + why.relatives
        assert why.probability == pytest.approx(row["probability"], abs=1e-3)
        assert odds == pytest.approx(np.log2(why.probability / (1 - why.probability)), abs=1e-6)
        assert {part.field: part.level for part in why.fields}["surname"] == row["surname_level"]
        assert why.relatives <= 0


BARE = pl.DataFrame({"id": ["1", "2"], "surname": ["lee", "kim"], "dob": ["1980-01-01", "1990-05-05"]})


@pytest.mark.parametrize(
    ("ours", "theirs", "warns"),
    [
        (BARE, BARE.clear(), "no column has values on both sides"),
        (BARE.clear(), BARE, "no column has values on both sides"),
        (BARE, BARE.with_columns(surname=pl.lit(None, pl.String), dob=pl.lit("n/a")), "no column has values"),
        (BARE.drop("dob"), BARE, "only surname can be compared"),
    ],
)
def test_files_that_say_nothing_are_no_crash(ours: pl.DataFrame, theirs: pl.DataFrame, warns: str) -> None:
    found = link(ours, theirs, MODEL)
    assert warns in found.report["warnings"][0]
    assert found.links.columns[:6] == ["record_id", "person_id", "probability", "grade", "assigned", "pattern"]


def test_twenty_thousand_of_one_name_are_left_out_and_said() -> None:
    file = pl.DataFrame({"id": [str(i) for i in range(20_000)]}).with_columns(
        first_name=pl.lit("ann"), surname=pl.lit("lee"), dob=pl.lit("1900-01-01")
    )
    found = dedupe(file, MODEL)
    assert found.links.is_empty()
    assert "too many rows share" in found.report["warnings"][0]
    assert int(found.yields["retired"].sum()) > 0


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (pl.DataFrame({"surname": ["lee"]}), "columns must be an id"),
        (pl.DataFrame({"id": ["1"], "colour": ["red"]}), "found id, colour"),
        (pl.DataFrame({"id": ["1", "1"], "surname": ["lee", "kim"]}), "must be unique"),
        (pl.DataFrame({"id": ["1", None], "surname": ["lee", "kim"]}), "must be filled"),
        (pl.DataFrame({"id": ["1"], "surname": [["lee"]]}), "holds lists or bytes"),
    ],
)
def test_files_without_what_is_needed_are_refused(file: pl.DataFrame, says: str) -> None:
    with pytest.raises(HeadersRefused, match=says):
        dedupe(file, MODEL)


def test_files_with_nothing_in_common_are_refused() -> None:
    with pytest.raises(HeadersRefused, match="no column in common"):
        link(BARE.select("id", "surname"), BARE.select("id", "dob"), MODEL)


def test_types_a_spreadsheet_made_of_text_are_read() -> None:
    ours, theirs = two_files(600, 510)
    typed = theirs.with_columns(
        pl.col("postcode").cast(pl.Float64, strict=False), pl.col("birth_date").str.to_date(strict=False)
    )
    found = link(
        ours, typed.rename({"birth_date": "Date of Birth", "given_name": "FirstName", "postcode": "ZIP Code"}), MODEL
    )
    assert found.report["columns"]["feed"]["birth_date"] == "Date of Birth"
    assert int(_right(found.links.filter("assigned")).sum()) >= 585
