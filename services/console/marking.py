"""Two values beside each other with the characters marked in which they differ; for every page that compares."""

from collections.abc import Collection
from itertools import groupby


def marked(value: str | None, at: Collection[int]) -> list[tuple[str, bool]]:
    """A value in pieces, each with whether it differs; `at`: places of characters, counted from 1."""
    letters = [(letter, place in at) for place, letter in enumerate(value or "", start=1)]
    return [
        ("".join(letter for letter, _ in piece), apart) for apart, piece in groupby(letters, key=lambda one: one[1])
    ]
