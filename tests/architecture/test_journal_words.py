"""Every action a service writes into its journal has its words for the person asked about, or is of nobody."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from matcher.audit import words as of_matcher
from registry.oversight import words as of_registry

SERVICES = Path(__file__).resolve().parents[2] / "services"
ACTION = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")
WRITES = {"note", "_note", "_note_page", "_moved", "Entry", "append"}


def actions(tree: ast.Module) -> Iterator[str]:
    """Words that look like an action among the arguments of whatever writes the journal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in WRITES:
                inner = [one for argument in node.args for one in ast.walk(argument)]
                found = [str(one.value) for one in inner if isinstance(one, ast.Constant)]
                yield from (one for one in found if ACTION.fullmatch(one))


@pytest.mark.parametrize(("service", "words"), [("registry", of_registry), ("matcher", of_matcher)])
def test_every_action_has_its_words(service: str, words: object) -> None:
    known = set(words.DEEDS) | set(words.OF_NOBODY)  # type: ignore[attr-defined]  # both modules have them
    written = {one for path in (SERVICES / service).rglob("*.py") for one in actions(ast.parse(path.read_text()))}
    assert len(written) > 15
    assert written - known == set()


def test_the_search_finds_an_action() -> None:
    source = "note(s, r, c, 'person.read', 'x')\nappend(s, t, r, Entry('a', 'keys.rotate'))\nnote(s, f'case.{a}')\n"
    assert set(actions(ast.parse(source))) == {"person.read", "keys.rotate"}


def test_no_word_is_both() -> None:
    for words in (of_registry, of_matcher):
        assert set(words.DEEDS) & set(words.OF_NOBODY) == set()
