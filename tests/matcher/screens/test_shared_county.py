"""Extra, where the sample county stands beside the clone: linked by its truth, the lists are exact."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from kit.tables_in import read_table
from matcher.feeds.facts import facts_of
from matcher.feeds.feed import load_feed
from matcher.feeds.read import read
from matcher.frames import PERSON, conform
from matcher.screens.catalogue import parameters_for, run
from tests.conftest import shared_county

DAY = date(2021, 6, 1)
FEEDS = {
    "disability.xlsx": "disability-cards",
    "health.csv": "health-illness",
    "deaths.csv": "health-deaths",
    "rural.xlsx": "rural-monitoring",
}
# The screens the truth of the county was made by.
AT_RISK = (
    *("uncovered-severe-disability", "uncovered-serious-illness"),
    *("uncovered-monitored", "uncovered-monitored-incapable"),
)
PROGRAMMES = {
    "农村低保": "dibao-rural",
    "集中供养": "tekun-institution",
    "分散供养": "tekun-home",
    "低保边缘": "dibao-margin",
}


@pytest.fixture(scope="module")
def county() -> Path:
    folder = shared_county()
    if folder is None:
        pytest.skip("the sample county is not beside this clone")
    return folder


def truth_of(county: Path, file: str) -> pl.DataFrame:
    rows = pl.read_csv(county / "truth_rows.csv", schema_overrides={"person": pl.String, "line": pl.Int32})
    return rows.filter(pl.col("file") == file).select("line", subject_id="person")


def coverage_of(county: Path) -> pl.DataFrame:
    table = read_table((county / "registry.xlsx").read_bytes(), {"户号", "姓名", "身份证号"})
    month = "{}01"
    return table.frame.join(truth_of(county, "registry.xlsx"), on="line").select(
        "subject_id",
        household_key="户号",
        programme=pl.col("救助类别").replace_strict(PROGRAMMES),
        form=pl.col("保障方式").replace_strict({"整户保": "household", "单人保": "single"}, default=None),
        start=pl.format(month, "起保年月").str.to_date("%Y%m%d"),
        end=pl.format(month, "停保年月").str.to_date("%Y%m%d"),
        household_size=pl.col("家庭人口").cast(pl.Int32),
        source=pl.format("i:{}", "line"),
    )


def test_perfect_links_give_the_lists_of_the_truth(county: Path) -> None:
    said = []
    for file, feed_id in FEEDS.items():
        feed = load_feed(feed_id)
        reading = read((county / file).read_bytes(), feed, file, file)
        truth = truth_of(county, file)
        assert reading.rows.height == truth.height, "every row of the file is accounted for"
        said.append(facts_of(reading.records, feed, file).join(truth, on="line"))
    facts = pl.concat(said).with_columns(grade=pl.lit("certain"))
    coverage = coverage_of(county)
    who = pl.concat([facts.select("subject_id"), coverage.select("subject_id")]).unique()
    homes = coverage.select("subject_id", "household_key").unique("subject_id")
    expected = pl.read_csv(county / "truth_people.csv", schema_overrides={"person": pl.String, "id_number": pl.String})
    born = pl.col("id_number").str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    births = expected.select(subject_id="person", birth_date=born)
    people = who.join(homes, on="subject_id", how="left").join(births, on="subject_id", how="left")
    people = people.with_columns(registered=pl.col("household_key").is_not_null())
    found = run(conform(people, PERSON), coverage, facts, DAY, parameters_for("640499000000", DAY))
    for kind, screens in (("uncovered-at-risk", AT_RISK), ("covered-but-dead", ("covered-but-dead",))):
        listed = set(found.filter(pl.col("screen").is_in(list(screens)))["subject_id"])
        wanted = set(expected.filter(pl.col("expected") == kind)["person"])
        assert wanted
        assert listed == wanted
    at_risk = set(expected.filter(pl.col("expected") == "uncovered-at-risk")["person"])
    assert set(found.filter(pl.col("screen") == "uncovered-no-labour")["subject_id"]) < at_risk
    # Whoever lost a breadwinner is found beside them: the truth of the county knows no such thing.
    dead = set(expected.filter(pl.col("dead") == 1)["person"])
    bereft = people.filter(pl.col("subject_id").is_in(list(dead)))["household_key"].drop_nulls().unique().to_list()
    left = people.filter(pl.col("household_key").is_in(bereft))["subject_id"]
    assert set(found.filter(pl.col("screen") == "uncovered-lost-income")["subject_id"]) <= set(left) - dead
    # Of all else nobody told anything: these screens say nothing.
    unasked = ("uncovered-sudden-event", "temporary-aid-due", "disability-subsidy-missing", "disability-subsidy-wrong")
    assert not set(found["screen"]) & {*unasked, "left-behind-groups"}
