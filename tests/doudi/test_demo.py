"""The whole story as a user runs it: two months, every figure holds, and every turn of the story is taken."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from kit.crypto import KeyRing
from kit.database import Database
from tests.at_rest import Haystack, Planted, database_bytes, files_below

PEOPLE_SOAK = 20_000
PEOPLE, SEED = 3_500, 5  # a small county in which everything happens that the story tells
PATIENCE = 1200  # the story has its own, step by step
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
def told(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Told:
    home, soak = tmp_path_factory.mktemp("demo"), pytestconfig.getoption("--soak")
    words = [
        "demo",
        "--exit",
        "--people",
        str(PEOPLE_SOAK if soak else PEOPLE),
        "--seed",
        str(SEED),
        "--home",
        str(home),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "doudi.command_line", *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE * 2 if soak else PATIENCE,
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


@pytest.fixture(scope="module")
def planted(told: Told) -> Planted:
    """Everything both months' files say of people."""
    found = Planted()
    folders = {path.parent for path in told.home.rglob("registry.xlsx")}
    assert len(folders) == 2
    for folder in folders:
        found.read(folder)
    assert len(found.numbers) > 1_500
    assert len(found.names) > 900
    return found


def test_no_number_telephone_or_account_lies_in_the_clear(told: Told, planted: Planted) -> None:
    """In any file of the service (databases as raw bytes, their write-ahead logs with them) or row of its tables."""
    words, home = Haystack(planted.forms()), told.home / "home"
    files = dict(files_below(home))
    assert {"data/registry.db", "data/matcher.db", "serve.log"} <= set(files)
    found = {name: sorted(words.found_in(content))[:3] for name, content in files.items() if words.found_in(content)}
    for name in ("registry", "matcher"):
        database = Database.open(f"sqlite:///{home}/data/{name}.db")
        for table, content in database_bytes(database):
            if words.found_in(content):
                found[f"{name}.{table}"] = sorted(words.found_in(content))[:3]
        database.dispose()
    assert found == {}


def test_no_name_lies_in_logs_spool_files_snapshots_and_checkpoints(told: Told, planted: Planted) -> None:
    words, home = Haystack(planted.written_names()), told.home / "home"
    databases = re.compile(r"data/(registry|matcher)\.db(-wal|-shm)?")
    files = {name: content for name, content in files_below(home) if not databases.fullmatch(name)}
    assert len(files) > 20
    found = {name: sorted(words.found_in(content))[:3] for name, content in files.items() if words.found_in(content)}
    assert found == {}


def test_whatever_else_lies_in_the_data_folder_is_sealed_by_the_ring(told: Told) -> None:
    """A compressed file in the clear would hold no planted word either."""
    home = told.home / "home"
    files = {
        name: content
        for name, content in files_below(home / "data")
        if not name.startswith(("registry.db", "matcher.db"))
    }
    keys = {key.id for key in KeyRing.load(home / "keys" / "matcher.json").keys.keys}
    assert [name for name, content in files.items() if content[:4].hex() not in keys] == []
    assert len(files) > 20


def test_what_is_looked_for_would_be_found(planted: Planted) -> None:
    number, name = sorted(planted.numbers)[0], sorted(planted.names)[0]
    assert Haystack(planted.forms()).found_in(b"\x00" + number.encode() + b"\x01") == {number}
    assert Haystack(planted.written_names()).found_in(f"x{name}y".encode()) == {name}
    assert Haystack(planted.written_names()).found_in(json.dumps({"a": name}).encode())
    whole = next(one for one in planted.numbers if re.fullmatch(r"640499\d{12}", one))
    assert Haystack(planted.forms()).found_in((whole[:6] + whole[8:17]).encode())
