"""The two times of everything the registry believes: when it was so in the world, and when it was believed.

Every versioned table has `recorded_at`/`superseded_at` (half-open instants) and days of its own. A reader names a day
(`as_of`) and a state of knowledge (`known_at`); every read takes both, or it would mix what is known now into the past.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, or_
from sqlmodel import col

AsOf = Annotated[date | None, Query(description="The day asked about, now by default")]
KnownAt = Annotated[AwareDatetime | None, Query(description="As the registry believed at that moment, now by default")]


@dataclass(frozen=True)
class Asked:
    """Which day and which state of knowledge a reader asks for; None = now."""

    as_of: date | None = None
    known_at: datetime | None = None


NOW = Asked()


def believed(table: Any, asked: Asked) -> list[ColumnElement[bool]]:
    """Rows of a versioned table that were believed at the moment asked about."""
    if asked.known_at is None:
        return [col(table.superseded_at).is_(None)]
    later = or_(col(table.superseded_at).is_(None), col(table.superseded_at) > asked.known_at)
    return [col(table.recorded_at) <= asked.known_at, later]


def standing(table: Any, asked: Asked) -> list[ColumnElement[bool]]:
    """Of a table with half-open `valid_from`/`valid_to`: what was believed to be so on the day; without a day, what has
    no end."""
    if asked.as_of is None:
        return [*believed(table, asked), col(table.valid_to).is_(None)]
    after = or_(col(table.valid_to).is_(None), col(table.valid_to) > asked.as_of)
    return [*believed(table, asked), col(table.valid_from) <= asked.as_of, after]


def running(table: Any, asked: Asked) -> list[ColumnElement[bool]]:
    """Of a table of periods (`start` and `end`, both days inclusive): those believed to run on the day; without a day,
    all of them."""
    if asked.as_of is None:
        return believed(table, asked)
    until = or_(col(table.end).is_(None), col(table.end) >= asked.as_of)
    return [*believed(table, asked), col(table.start) <= asked.as_of, until]
