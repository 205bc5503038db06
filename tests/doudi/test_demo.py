"""The whole story as a user runs it: two months, every figure holds, and every turn of the story is taken."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

PEOPLE, SEED = 3_500, 5  # a small county in which everything happens that the story tells
PATIENCE = 280
TURNS = (
    "closed by the import as covered",
    "closed by the import as stopped",
    "re-opened because still paid",
    "re-opened because refused at the county",
    "re-opened for new facts",
)


@dataclass(frozen=True)
class Told:
    """What the demo printed and left."""

    text: str
    home: Path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    home = tmp_path_factory.mktemp("demo")
    words = ["demo", "--exit", "--people", str(PEOPLE), "--seed", str(SEED), "--home", str(home)]
    done = subprocess.run(
        [sys.executable, "-m", "doudi.command_line", *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return Told(done.stdout, home)


def test_every_figure_holds(told: Told) -> None:
    assert "FAILS" not in told.text
    assert len(re.findall(r"^  holds ", told.text, re.MULTILINE)) >= 25


def test_every_turn_of_the_story_is_taken_as_often_as_the_truth_says(told: Told) -> None:
    for turn in TURNS:
        found = re.search(rf"{turn}.*\((\d+) of (\d+) expected\)", told.text)
        assert found is not None, turn
        assert int(found[1]) == int(found[2]) >= 1, turn


def test_the_visits_came_to_entitled_dead_already_stopped_alive_away_and_refused_codes(told: Told) -> None:
    codes = re.search(r"the visits came to many things  \((.*)\)", told.text)
    assert codes is not None
    assert {"02", "15", "W1", "W3", "W4"} <= set(codes[1].split())


def test_the_list_before_and_after_adds_up(told: Told) -> None:
    row = re.search(r"│ 合计 all\s*│([\d│ ]+)│", told.text)
    assert row is not None
    before, covered, stopped, answered, gone, new, after, _ = (int(one) for one in row[1].split("│"))
    assert before - covered - stopped - answered - gone + new == after
    assert min(covered, stopped, answered, new) >= 1


def test_both_services_figures_are_shown(told: Told) -> None:
    for name in ("funnel", "ledger", "timeliness", "feeds", "runs"):
        assert f"· {name}" in told.text


def test_both_months_lists_and_the_filled_workbook_are_left(told: Told) -> None:
    out = told.home / "out"
    lists = [pl.read_csv(folder / "leads.csv", infer_schema=False) for folder in (out, out / "2021-07")]
    assert [one.height > 0 for one in lists] == [True, True]
    assert (out / "quality.md").exists()
    assert (out / "2021-07" / "quality.md").exists()
    assert len(list(out.glob("核查清单_*_已填.xlsx"))) == 1
    assert list((out / "2021-07").glob("比对清单_*.xlsx"))
