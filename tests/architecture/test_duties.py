"""The table of duties has every duty once; what it calls done names calls of the contract and tests that exist."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WANTED = [f"{group}{number}" for group, most in (("L", 25), ("E", 17), ("A", 15)) for number in range(1, most + 1)] + [
    "M7"
]
QUOTED = re.compile(r"`([^`]+)`")


def rows() -> list[tuple[str, ...]]:
    """Number, duty, state, calls, tests, explanation."""
    lines = (ROOT / "docs" / "duties.md").read_text().splitlines()
    cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return [row for row in cells if re.fullmatch(r"[LEAM]\d+", row[0])]


def calls() -> set[str]:
    """`METHOD /path` of the registry, as its contract has them."""
    document = json.loads((ROOT / "contracts" / "openapi" / "registry.json").read_text())
    return {
        f"{method.upper()} {path.removeprefix('/registry/v1')}"
        for path, methods in document["paths"].items()
        for method in methods
    }


def proofs() -> set[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {name for file in files for name in re.findall(r"^ *(?:async )?def (test_\w+)", file.read_text(), re.M)}


def test_every_duty_has_its_row() -> None:
    assert [row[0] for row in rows()] == WANTED


@pytest.mark.parametrize("row", rows(), ids=[row[0] for row in rows()])
def test_what_is_done_is_shown_and_what_is_open_says_why(row: tuple[str, ...]) -> None:
    _, duty, state, where, shown, told = row
    assert duty
    assert state in {"已办", "未办"}
    assert {call for call in QUOTED.findall(where + told) if " /" in call} <= calls()
    assert set(QUOTED.findall(shown)) <= proofs()
    if state == "已办":
        assert QUOTED.findall(where)
        assert QUOTED.findall(shown)
    else:
        assert (where, shown, bool(told)) == ("", "", True)
