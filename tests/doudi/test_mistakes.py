"""Rows that name somebody they are not about: word for word sound, and wrong."""

from pathlib import Path

import polars as pl
import pytest

from doudi.county import Mistakes, make_county, make_mistakes
from doudi.county.reading import read_exports
from doudi.evaluation.county_folder import read_county

TOWNS = ("640499100", "640499101")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mistakes, dict[str, bytes]]:
    folder = make_county(tmp_path_factory.mktemp("county"), 4_000, "typical", 3).folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    return folder, make_mistakes(folder, 1, TOWNS, TOWNS[:1]), before


def test_a_lent_card_names_a_healthy_person_whose_family_stands_in_no_list(
    made: tuple[Path, Mistakes, dict[str, bytes]],
) -> None:
    folder, mistakes, _ = made
    county = read_county(folder)
    assert len(mistakes.lent) == len(TOWNS)
    for place, named in mistakes.lent.items():
        file, line = place.split(":")
        row = county.rows.filter((pl.col("file") == file) & (pl.col("line") == int(line)))
        assert row["person"].item() != named
        assert row["ill"].item()
        assert county.rows.filter(pl.col("person") == named).is_empty()
        owner = county.people.filter(pl.col("person") == row["person"].item())
        assert owner.select("covered", "serious_illness").row(0) == ("1", "1")


def test_a_wrong_death_names_a_living_covered_person_of_the_same_township(
    made: tuple[Path, Mistakes, dict[str, bytes]],
) -> None:
    folder, mistakes, _ = made
    county = read_county(folder)
    ((place, named),) = mistakes.buried.items()
    row = county.rows.filter((pl.col("file") == "deaths.csv") & (pl.col("line") == int(place.split(":")[1])))
    living = county.people.filter(pl.col("person") == named)
    assert living.select("covered", "dead", "township").row(0) == ("1", "0", TOWNS[0])
    assert row.select("name", "number").row(0) == living.select("name", "id_number").row(0)
    dead = county.people.filter(pl.col("person") == row["person"].item())
    assert dead.select("covered", "dead").row(0) == ("0", "1")


def test_nothing_else_is_touched_and_the_truth_of_persons_stays(
    made: tuple[Path, Mistakes, dict[str, bytes]],
) -> None:
    folder, mistakes, before = made
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"health.csv", "deaths.csv", "truth_rows.csv"}
    assert after["health.csv"].startswith(before["health.csv"])
    assert after["deaths.csv"].startswith(before["deaths.csv"])
    lines = len(before["truth_rows.csv"].splitlines()) + len(mistakes.lent) + len(mistakes.buried)
    assert len(after["truth_rows.csv"].splitlines()) == lines
    assert read_exports(folder)["deaths.csv"].rows.height == len(after["deaths.csv"].splitlines()) - 1
