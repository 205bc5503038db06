"""How bad an issue is can differ by feed: its map raises a warning to an error, lowers it, or leaves it untold."""

from collections.abc import Mapping, Sequence

import polars as pl

from matcher.feeds.issues import ISSUES
from matcher.feeds.marks import Mark


def as_agreed(marks: Sequence[Mark], severities: Mapping[str, str]) -> list[Mark]:
    """The marks as the feed's map wants them told (code → error | warning | off)."""
    if not severities:
        return list(marks)
    return [
        _told(mark, severities.get(mark.code))
        for mark in marks
        if mark.rows.any() and severities.get(mark.code) != "off"
    ]


def refused_by(marks: Sequence[Mark], severities: Mapping[str, str], height: int) -> pl.Series:
    """The rows that have an issue the map calls an error: nothing of them is taken."""
    refused = pl.repeat(False, height, dtype=pl.Boolean, eager=True)
    for mark in marks:
        if severities and mark.rows.any() and severities.get(mark.code) == "error":
            refused |= mark.rows.fill_null(False)
    return refused


def _told(mark: Mark, severity: str | None) -> Mark:
    usual = ISSUES[mark.code].severity
    if severity is None or severity == usual:
        return mark
    before, after = f'"severity":"{usual}"', f'"severity":"{severity}"'
    if isinstance(mark.text, str):
        return Mark(mark.rows, mark.text.replace(before, after, 1))
    return Mark(mark.rows, mark.text.str.replace(before, after, literal=True))
