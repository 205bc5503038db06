"""What a statistic is counted over: an area as far as the caller may see it, on a day, with its divisions' names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, and_
from sqlmodel import Session

from kit.auth import Caller
from kit.scope import NATION, below, covers, prefix, within


@dataclass(frozen=True)
class Asked:
    """Requests to put rows right, of one feed."""

    asked: int = 0
    answered: int = 0
    overdue: int = 0


@dataclass(frozen=True)
class Ground:
    """`places`: code, name, valid_from, valid_to of every division known; `since`: the first day of what happened up to
    `day`; `corrections`: what became of rows found wrong, by feed, of deliveries that meet a condition."""

    session: Session
    caller: Caller
    area: str
    day: date
    places: pl.DataFrame
    since: date
    corrections: Callable[[ColumnElement[bool]], Mapping[str, Asked]]

    def inside(self, column: Any) -> ColumnElement[bool]:
        """Rows of the area that the caller may see: every query of every statistic carries it."""
        asked = "" if self.area == NATION else prefix(self.area)
        return and_(within(self.caller, column), below(column, asked))

    def holds(self, area: str) -> bool:
        """Whether a division lies in the area asked about and in the caller's."""
        return covers(self.caller.area, area) and covers(self.area, area)

    @property
    def standing(self) -> pl.DataFrame:
        """The divisions that stand on the day and that the caller may see: code, name."""
        day, code = self.day, pl.col("code")
        begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= day)
        ended = pl.col("valid_to").is_not_null() & (pl.col("valid_to") < day)
        mine = "" if self.caller.area == NATION else prefix(self.caller.area)
        return self.places.filter(begun & ~ended & code.str.starts_with(mine)).select("code", "name")
