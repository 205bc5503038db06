"""The papers an auditor reads (privacy, level protection, threats) name what is really there, item by item."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = ("docs/privacy.md", "docs/mlps.md", "SECURITY.md")
_TICKED = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"^(services|tests|docs|deploy|contracts)/|^[A-Za-z.]+\.(md|lock|toml)$")
SITE, APPLICATION, BOTH = "现场", "应用", "部分"
# GB/T 22239-2019 §8.1.4: the paragraphs of its items (8.1.4.5 and 8.1.4.6 have one each).
ITEMS = {1: "abcd", 2: "abcdefg", 3: "abcd", 4: "abcdef", 7: "ab", 8: "ab", 9: "abc", 10: "ab", 11: "ab"}


def text_of(paper: str) -> str:
    return (ROOT / paper).read_text()


def named_paths(text: str) -> set[str]:
    return {word for word in _TICKED.findall(text) if _PATH.match(word)}


def missing_paths(text: str) -> list[str]:
    return sorted(one for one in named_paths(text) if not (ROOT / one).exists())


def cells(text: str, columns: int) -> Iterator[list[str]]:
    """The rows of all tables of so many columns, without heads and rules."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        found = [one.strip() for one in line.strip().strip("|").split("|")]
        head = at + 1 < len(lines) and set(lines[at + 1]) <= set("|-") and lines[at + 1] != ""
        if line.startswith("|") and len(found) == columns and not head and set(line) - set("|-"):
            yield found


@pytest.mark.parametrize("paper", PAPERS)
def test_what_a_paper_names_is_there(paper: str) -> None:
    text = text_of(paper)
    assert missing_paths(text) == []
    assert len(named_paths(text)) > 10
    known = text_of("docs/configuration.md")
    assert [one for one in re.findall(r"DOUDI_[A-Z_]+", text) if one not in known] == []


def test_a_paper_that_names_what_is_not_there_is_found() -> None:
    assert missing_paths("see `tests/no/such_test.py` and `README.md`") == ["tests/no/such_test.py"]


def test_every_item_of_level_three_is_answered_once_and_with_evidence() -> None:
    rows = list(cells(text_of("docs/mlps.md"), 5))
    listed = [row[0] for row in rows if row[0].startswith("8.1.4.")]
    wanted = [f"8.1.4.{item} {letter}" for item, letters in ITEMS.items() for letter in letters]
    assert sorted(listed) == sorted([*wanted, "8.1.4.5", "8.1.4.6"])
    for item, _, who, how, evidence in rows:
        assert who in {SITE, APPLICATION, BOTH}, item
        assert how, item
        assert named_paths(evidence) or who == SITE, f"{item}: no evidence"


def test_every_duty_is_met_by_the_product_or_named_as_the_processor_s() -> None:
    rows = list(cells(text_of("docs/privacy.md"), 5))
    duties = [row for row in rows if row[0][0].isdigit()]
    assert len(duties) >= 20
    for article, _, ours, theirs, evidence in duties:
        assert named_paths(evidence) or (ours == "—" and theirs != "—"), article


def test_every_threat_says_what_shows_it_and_what_is_left_over() -> None:
    rows = list(cells(text_of("SECURITY.md"), 5))
    assert len(rows) > 15
    for number, threat, answer, shown, left in rows:
        assert number.isdigit()
        assert all((threat, answer, left)), number
        assert named_paths(shown), number
