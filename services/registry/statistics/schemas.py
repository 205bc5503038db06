"""Figures on the wire: every statistic is a table that says what it counts."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

Figure = str | int | float | None


class StatisticColumnOut(BaseModel):
    """One column: its name in the rows, its Chinese heading, and how to show it: a share is 0 to 1, `permille` is of
    a thousand, `money` is fen, `number` is public and counts nobody of ours."""

    name: str
    title: str
    kind: Literal["text", "count", "share", "days", "date", "permille", "money", "number"]


Asks = Literal["as_of", "since", "known_at"]


class FrozenOut(BaseModel):
    """The signed snapshot figures were counted from: of which month, when frozen and signed, its digest."""

    numbers: list[str]
    month: str
    frozen_at: datetime
    signed_at: datetime
    digests: list[str]


class StatisticOut(BaseModel):
    """One statistic of an area on a day: a row per division directly below (and key), and the whole as `total`. What
    counts what happened does so from `since` to `as_of`, both included."""

    name: str
    title: str
    definition: str
    area: str
    as_of: date
    since: date | None
    known_at: datetime | None
    columns: list[StatisticColumnOut]
    rows: list[dict[str, Figure]]
    total: dict[str, Figure] | None
    withheld: bool  # something is left empty because it would tell of few people
    frozen: FrozenOut | None  # None: counted from what stands


class StatisticDescriptionOut(BaseModel):
    """What a statistic counts, exactly, and which of `as_of`, `since` and `known_at` it can be asked with."""

    name: str
    title: str
    definition: str
    columns: list[StatisticColumnOut]
    asks: list[Asks]


class StatisticListOut(BaseModel):
    """The statistics of this service."""

    statistics: list[StatisticDescriptionOut]
