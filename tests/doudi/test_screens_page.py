"""The page of screens says what the screens are."""

from pathlib import Path

from doudi.screens_page import page
from matcher.screens.catalogue import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "screens.md"
CASES = ROOT / "tests" / "matcher" / "screens" / "cases"


def test_the_page_is_the_screens_own() -> None:
    assert PAGE.read_text() == page(CASES), "run ./run screens and review the diff"


def test_every_screen_says_in_chinese_how_it_is_worked_out() -> None:
    told = PAGE.read_text()
    for screen in CATALOGUE:
        assert len(screen.logic) >= 15, screen.id
        assert f"### {screen.title}\n" in told
        for citation in screen.citations:
            assert citation.sentence in told
