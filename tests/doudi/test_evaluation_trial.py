"""Scores of a trial's lead list: a perfect list scores 1, and every kind of mistake costs what it should."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from doudi.county import make_county
from doudi.evaluation import ListScore, TrialScore, evaluate_screens, evaluate_trial, pooled
from doudi.evaluation.county_folder import CountyFolder, read_county
from tests.conftest import shared_county

Lead = dict[str, str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_county(tmp_path_factory.mktemp("county"), 8_000, "dirty", 4).folder


def sources(rows: pl.DataFrame) -> dict[int, str]:
    joined = rows.group_by("person").agg(pl.format("{}:{}", "file", "line").str.join("|"))
    return dict(joined.iter_rows())


def oracle(county: CountyFolder) -> list[Lead]:
    """The list a perfect linker makes: one lead per expected person, with every row behind it."""
    behind = {
        "uncovered-at-risk": ("uncovered-severe-disability,uncovered-monitored", sources(county.at_risk())),
        "covered-but-dead": (
            "covered-but-dead",
            sources(pl.concat([county.of_kind("covered"), county.of_kind("dead")])),
        ),
    }
    leads = []
    for person, expected in county.people.filter(pl.col("expected") != "").select("person", "expected").iter_rows():
        screens, rows = behind[expected]
        leads.append({"screens": screens, "sources": rows[person]})
    return leads


def scored(folder: Path, leads: list[Lead], tmp_path: Path) -> TrialScore:
    columns = ["township", "household", "tier", "name", "id_number", "screens", "sources", "grade", "person_id"]
    full = [{column: lead.get(column, "") for column in columns} for lead in leads]
    path = tmp_path / "leads.csv"
    path.write_bytes(b"\xef\xbb\xbf" + pl.DataFrame(full, schema=columns).write_csv().encode())
    return evaluate_trial(path, folder)


Score = Callable[[list[Lead]], TrialScore]


@pytest.fixture
def score(folder: Path, tmp_path: Path) -> Score:
    return lambda leads: scored(folder, leads, tmp_path)


def assert_perfect(result: TrialScore) -> None:
    assert (result.uncovered.recall, result.uncovered.precision) == (1, 1)
    assert (result.dead.recall, result.dead_sound.recall) == (1, 1)
    assert result.listed_twice == 0
    assert result.missed == ()
    assert result.wrong == ()


def test_the_list_of_a_perfect_linker_scores_one(folder: Path, score: Score) -> None:
    result = score(oracle(read_county(folder)))
    assert_perfect(result)
    assert result.uncovered.expected > 150
    assert result.dead_sound.expected > 0
    assert result.leads == result.people == result.uncovered.expected + result.dead.expected


@pytest.mark.skipif(
    shared_county() is None, reason="no shared county beside this clone: the evaluator was not run on it"
)
def test_the_list_of_a_perfect_linker_scores_one_on_the_shared_county(tmp_path: Path) -> None:
    shared = shared_county()
    assert shared is not None
    result = scored(shared, oracle(read_county(shared)), tmp_path)
    assert_perfect(result)
    assert result.uncovered.expected == 846
    assert 0.96 < result.baseline.precision < 0.99
    assert result.baseline.recall > 0.99


def test_a_missing_lead_costs_recall_and_names_the_person(folder: Path, score: Score) -> None:
    county = read_county(folder)
    leads = [lead for lead in oracle(county) if lead["screens"].startswith("uncovered")]
    result = score(leads[1:])
    first = county.people.filter(pl.col("expected") == "uncovered-at-risk")["person"][0]
    assert result.missed == (first,)
    assert result.uncovered.found == result.uncovered.expected - 1
    assert result.uncovered.precision == 1


def test_a_lead_on_somebody_covered_costs_precision(folder: Path, score: Score) -> None:
    county = read_county(folder)
    covered = county.of_kind("covered")
    stranger = covered.filter(~pl.col("person").is_in(county.of_kind("dead")["person"].implode())).row(0, named=True)
    wrong = {"screens": "uncovered-monitored", "sources": f"{stranger['file']}:{stranger['line']}"}
    result = score([*oracle(county), wrong])
    assert result.wrong == (stranger["person"],)
    assert result.uncovered.entries == result.uncovered.expected + 1
    assert result.uncovered.right == result.uncovered.expected


def test_a_lead_without_any_row_behind_it_counts_as_wrong(folder: Path, score: Score) -> None:
    result = score([*oracle(read_county(folder)), {"screens": "uncovered-monitored", "sources": ""}])
    assert result.uncovered.entries == result.uncovered.right + 1
    assert result.people == result.leads - 1


def test_one_person_under_two_leads_is_listed_twice(folder: Path, score: Score) -> None:
    leads = oracle(read_county(folder))
    at = next(i for i, lead in enumerate(leads) if "|" in lead["sources"] and lead["screens"].startswith("uncovered"))
    one, *others = leads[at]["sources"].split("|")
    split = [{**leads[at], "sources": one}, {**leads[at], "sources": "|".join(others)}]
    result = score([*leads[:at], *split, *leads[at + 1 :]])
    assert result.listed_twice == 1
    assert result.twice_per_thousand == pytest.approx(1000 / result.people)
    assert (result.uncovered.recall, result.uncovered.precision) == (1, 1)


def test_a_lead_is_about_whom_most_of_its_rows_are(folder: Path, score: Score) -> None:
    leads = [lead for lead in oracle(read_county(folder)) if lead["screens"].startswith("uncovered")]
    many = next(lead for lead in leads if lead["sources"].count("|") >= 1)
    single = next(lead for lead in leads if "|" not in lead["sources"])
    kept = [lead for lead in leads if lead not in (many, single)]
    mixed = {**many, "sources": single["sources"] + "|" + many["sources"]}
    result = score([*kept, mixed])
    assert len(result.missed) == 1
    drawn = {**many, "sources": single["sources"] + "|" + many["sources"].split("|")[0]}
    assert score([*kept, drawn]).missed != result.missed


def test_a_source_that_is_no_row_of_the_county_is_refused(score: Score) -> None:
    with pytest.raises(ValueError, match=r"rural\.xlsx:999999"):
        score([{"screens": "uncovered-monitored", "sources": "rural.xlsx:999999"}])


def test_the_number_join_lists_people_a_linker_would_not(folder: Path, score: Score) -> None:
    result = score(oracle(read_county(folder)))
    assert 0.85 < result.baseline.precision < 0.99
    assert result.baseline.recall > 0.97
    assert result.baseline.entries > result.baseline.expected


def test_a_death_under_a_damaged_number_is_not_among_the_sound_ones(folder: Path, score: Score) -> None:
    county = read_county(folder)
    result = score([])
    assert result.dead.found == 0
    assert 0 < result.dead_sound.expected <= result.dead.expected
    dead = county.people.filter(pl.col("expected") == "covered-but-dead")
    damaged = county.rows.filter(pl.col("file") == "deaths.csv").join(dead, on="person")
    plain = damaged.filter(pl.col("number").str.replace("[xＸ×*χｘ]$", "X") == pl.col("id_number"))
    assert result.dead_sound.expected <= plain["person"].n_unique()


def test_each_screen_is_scored_by_what_it_is_for(folder: Path, tmp_path: Path) -> None:
    county = read_county(folder)
    leads = []
    flags = {
        "severe_disability": ("uncovered-severe-disability", "severe"),
        "serious_illness": ("uncovered-serious-illness", "ill"),
        "monitored": ("uncovered-monitored", "monitored"),
    }
    for flag, (screen, kind) in flags.items():
        meant = county.people.filter((pl.col("expected") == "uncovered-at-risk") & (pl.col(flag) == "1"))
        rows, meant = sources(county.of_kind(kind)), meant.sort("serious_illness")  # first who is not ill
        leads += [{"screens": screen, "sources": rows[person]} for person in meant["person"]]
    dead = county.people.filter(pl.col("expected") == "covered-but-dead")["person"]
    rows = sources(county.of_kind("dead"))
    leads += [{"screens": "covered-but-dead", "sources": rows[person]} for person in dead]
    scored(folder, leads, tmp_path)
    perfect = evaluate_screens(tmp_path / "leads.csv", folder)
    assert all(one.expected > 0 and (one.recall, one.precision) == (1, 1) for one in perfect.values()), perfect
    first, *others = leads
    scored(folder, [{**first, "screens": "uncovered-monitored,uncovered-serious-illness"}, *others], tmp_path)
    moved = evaluate_screens(tmp_path / "leads.csv", folder)
    severe, ill = moved["uncovered-severe-disability"], moved["uncovered-serious-illness"]
    assert severe.found == severe.expected - 1
    assert ill.entries - ill.right == 1


def test_counties_are_pooled_by_their_counts() -> None:
    both = pooled([ListScore(expected=10, found=9, entries=10, right=9), ListScore(90, 90, 95, 90)])
    assert both == ListScore(expected=100, found=99, entries=105, right=99)
    assert both.recall == 0.99
    assert both.precision == pytest.approx(99 / 105)
    assert pooled([]).recall == 1
