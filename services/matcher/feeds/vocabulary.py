"""The words every agency uses: synonyms of headers and of answers, by name, in one place (vocabularies.json).

A map names a vocabulary (`@id-number`) instead of repeating its words. The words are put in its place when the map is
read: a version that was agreed keeps the words it had, whatever a vocabulary learns later.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import orjson

Words = Mapping[str, tuple[str, ...]]  # our code → the words agencies write for it
MARK = "@"


def headers(names: Iterable[object]) -> tuple[object, ...]:
    """Header names with each `@vocabulary` replaced by its words, each once. Raises KeyError(name) for an unknown."""
    known = _data()["headers"]
    found: list[object] = []
    for name in names:
        found += known[name[1:]] if isinstance(name, str) and name.startswith(MARK) else [name]
    return tuple(dict.fromkeys(found))


def values(name: str) -> Words:
    """The codes of a vocabulary and the words for each. Raises KeyError(name)."""
    return {code: tuple(words) for code, words in _data()["values"][name.removeprefix(MARK)].items()}


def names() -> dict[str, list[str]]:
    """The names of the vocabularies there are, of headers and of values."""
    return {part: list(entries) for part, entries in _data().items()}


def every_header() -> frozenset[str]:
    """All header words of all vocabularies."""
    return frozenset(word for words in _data()["headers"].values() for word in words)


@cache
def _data() -> dict[str, dict[str, Words]]:
    found: dict[str, dict[str, Words]] = orjson.loads(files(__package__).joinpath("vocabularies.json").read_bytes())
    return found
