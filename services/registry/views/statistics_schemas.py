"""Figures on the wire: every statistic is a table that says what it counts."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

Figure = str | int | float | None


class StatisticColumnOut(BaseModel):
    """One column: its name in the rows, its Chinese heading, and how to show it (a share is 0 to 1)."""

    name: str
    title: str
    kind: Literal["text", "count", "share", "days", "date"]


class StatisticOut(BaseModel):
    """One statistic of an area on a day: a row per division directly below (and key), and the whole as `total`."""

    name: str
    title: str
    definition: str
    area: str
    as_of: date
    known_at: datetime | None
    columns: list[StatisticColumnOut]
    rows: list[dict[str, Figure]]
    total: dict[str, Figure] | None
    withheld: bool  # something is left empty because it would tell of few people


class StatisticDescriptionOut(BaseModel):
    """What a statistic counts, exactly."""

    name: str
    title: str
    definition: str
    columns: list[StatisticColumnOut]


class StatisticListOut(BaseModel):
    """The statistics of this service."""

    statistics: list[StatisticDescriptionOut]
