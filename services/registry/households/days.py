"""Stating days anew: what rows said of the days that are not meant. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol, TypeVar

Days = tuple[date, date | None]  # half-open; None = without end


class Dated(Protocol):
    """Something believed of half-open days."""

    valid_from: date
    valid_to: date | None


Row = TypeVar("Row", bound=Dated)


def meets(row: Dated, days: Days) -> bool:
    """Whether the two share a day."""
    return row.valid_from < (days[1] or date.max) and days[0] < (row.valid_to or date.max)


def outside(rows: Iterable[Row], days: Days) -> list[tuple[Row, Days]]:
    """What rows that meet `days` said of other days, piece by piece."""
    kept: list[tuple[Row, Days]] = []
    for row in rows:
        if row.valid_from < days[0]:
            kept.append((row, (row.valid_from, days[0])))
        if days[1] is not None and days[1] < (row.valid_to or date.max):
            kept.append((row, (days[1], row.valid_to)))
    return kept


def since(rows: Sequence[Dated]) -> date | None:
    """The day from which on nothing changed any more: before it the past is corrected, not changed."""
    return max((row.valid_from if row.valid_to is None else row.valid_to for row in rows), default=None)
