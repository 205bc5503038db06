"""Scores of links: what counts as false, what as missed, and that nobody is counted twice."""

import polars as pl
import pytest

from doudi.county import make_linkage_set
from doudi.evaluation import Score, TwoPeopleForOneRecord, crosscheck, evaluate

TRUTH = pl.DataFrame(
    {
        "feed_id": ["r1", "r2", "r3", "r4", "r5", "r6"],
        "person_id": ["a", "b", "c", None, "", "d"],
        "channel": ["none", "none", "birth", "none", "birth", "number-digit"],
    }
)


def links(*pairs: tuple[str, str], assigned: bool = True) -> pl.DataFrame:
    return pl.DataFrame(
        {"feed_id": [one for one, _ in pairs], "person_id": [other for _, other in pairs]},
        schema={"feed_id": pl.String, "person_id": pl.String},
    ).with_columns(assigned=pl.lit(assigned))


def perfect() -> pl.DataFrame:
    return links(("r1", "a"), ("r2", "b"), ("r3", "c"), ("r6", "d"))


def test_perfect_links_score_one_everywhere() -> None:
    result = evaluate(perfect(), TRUTH)
    assert (result.overall.precision, result.overall.recall, result.overall.f1) == (1, 1, 1)
    assert result.records == 6
    assert all(score.errors == 0 for score in result.by_channel.values())


def test_a_link_to_the_wrong_person_is_false_and_missed() -> None:
    result = evaluate(links(("r1", "b")), TRUTH.filter(pl.col("feed_id") == "r1"))
    assert result.overall == Score(correct=0, false=1, missed=1)


def test_a_link_of_a_record_of_nobody_is_false_and_nothing_is_missed() -> None:
    for record in ("r4", "r5"):
        result = evaluate(links((record, "a")), TRUTH.filter(pl.col("feed_id") == record))
        assert result.overall == Score(correct=0, false=1, missed=0)


def test_a_record_left_alone_is_missed_where_its_person_is_in_the_list() -> None:
    result = evaluate(links(("r1", "a"), ("r3", "c")), TRUTH)
    assert result.overall == Score(correct=2, false=0, missed=2)
    assert result.overall.recall == 0.5
    assert result.overall.f1 == pytest.approx(2 / 3)


def test_candidates_that_were_not_assigned_count_for_nothing() -> None:
    both = pl.concat([perfect(), links(("r1", "z"), ("r4", "z"), assigned=False)])
    assert evaluate(both, TRUTH).overall.errors == 0


def test_errors_are_told_apart_by_channel_most_first() -> None:
    result = evaluate(links(("r1", "a"), ("r2", "b"), ("r3", "z"), ("r5", "z"), ("r6", "d")), TRUTH)
    assert list(result.by_channel) == ["birth", "none", "number-digit"]
    assert result.by_channel["birth"] == Score(correct=0, false=2, missed=1)
    assert result.by_channel["none"] == Score(correct=2, false=0, missed=0)
    table = result.table()
    assert table["channel"].to_list() == ["all", "birth", "none", "number-digit"]
    assert table.filter(pl.col("channel") != "all")["false"].sum() == table["false"][0]


def test_two_people_assigned_to_one_record_are_refused() -> None:
    with pytest.raises(TwoPeopleForOneRecord):
        evaluate(links(("r1", "a"), ("r1", "b")), TRUTH)


def test_links_of_records_the_truth_does_not_know_are_refused() -> None:
    with pytest.raises(ValueError, match="1 linked records are not in the truth"):
        evaluate(links(("r9", "a")), TRUTH)


def test_a_truth_that_names_a_record_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        evaluate(perfect(), pl.concat([TRUTH, TRUTH.head(1)]))


def test_nothing_linked_where_nothing_was_to_link_is_no_error() -> None:
    result = evaluate(links(), TRUTH.filter(pl.col("feed_id") == "r4"))
    assert (result.overall.precision, result.overall.recall, result.overall.f1) == (1, 1, 1)


def test_a_truth_without_channels_and_links_by_record_id_are_understood() -> None:
    result = evaluate(perfect().rename({"feed_id": "record_id"}), TRUTH.drop("channel"))
    assert list(result.by_channel) == ["none"]
    assert result.overall.f1 == 1


def test_the_recordlinkage_package_gives_the_same_measures() -> None:
    made = make_linkage_set(1_500, "dirty", 2)
    by_number = made.feed.join(made.people.drop_nulls("id_number"), on="id_number", suffix="_known").unique("id")
    joined = by_number.select(feed_id="id", person_id="id_known", assigned=True)
    ours = evaluate(joined, made.truth).overall
    theirs = crosscheck(joined, made.truth)
    assert 0.5 < ours.f1 < 1
    assert theirs == pytest.approx({"precision": ours.precision, "recall": ours.recall, "f1": ours.f1})
