"""Whoever needs a feed's map asks the store: the shipped maps alone know nothing of what was put in force since."""

import ast
from collections.abc import Iterable

import pytest

from tests.architecture.test_rules import SERVICES, python_files

SHIPPED_ONLY = {"load_feed", "feed_ids", "shipped"}
ASKING = (SERVICES / "matcher" / "api", SERVICES / "matcher" / "flows")


def shipped_only(source: str) -> list[str]:
    """Names by which a file asks for shipped maps."""
    imports: Iterable[ast.ImportFrom] = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)
    )
    return sorted(
        alias.name for node in imports if node.module == "matcher.feeds.feed" for alias in node.names
        if alias.name in SHIPPED_ONLY
    )  # fmt: skip


def test_no_door_and_no_story_asks_for_shipped_maps_only() -> None:
    found = {
        path.name: names
        for folder in ASKING
        for path in python_files(folder)
        if (names := shipped_only(path.read_text()))
    }
    assert found == {}


@pytest.mark.parametrize("name", sorted(SHIPPED_ONLY))
def test_the_rule_bites(name: str) -> None:
    assert shipped_only(f"from matcher.feeds.feed import Feed, {name}\n") == [name]
