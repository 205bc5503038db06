"""Divisions, what they were believed to be before, what else they are called, and what became of them."""

from datetime import date, datetime

from sqlmodel import Field

from kit.columns import Instant
from registry.table import Table

BOOK = "areas"


class AreaColumns(Table):
    """What is said of one division during one stretch of days; `valid_to` is the first day it no longer exists."""

    valid_to: date | None = None
    name: str = Field(max_length=100)
    level: str = Field(max_length=12)
    functional: bool = (
        False  # a development zone or the like: coded like a division, administered, no division of state
    )
    recorded_at: datetime | None = Field(default=None, sa_type=Instant)  # null: since before this was kept


class Area(AreaColumns, table=True):
    """One division during one stretch of time, as it is believed now."""

    __tablename__ = "area"

    code: str = Field(primary_key=True, max_length=12)
    valid_from: date = Field(primary_key=True)
    parent: str | None = Field(default=None, max_length=12, index=True)


class AreaWas(AreaColumns, table=True):
    """The same as it was believed until `superseded_at`."""

    __tablename__ = "area_was"

    was_id: str = Field(primary_key=True, max_length=36)
    code: str = Field(max_length=12, index=True)
    valid_from: date
    parent: str | None = Field(default=None, max_length=12)
    superseded_at: datetime = Field(sa_type=Instant)


class AreaAlias(Table, table=True):
    """What else people call a division: 香水乡 for 香水镇, 原供销社 …"""

    __tablename__ = "area_alias"

    code: str = Field(primary_key=True, max_length=12)
    name: str = Field(primary_key=True, max_length=100, index=True)
    recorded_at: datetime = Field(sa_type=Instant)


class Succession(Table, table=True):
    """The division that took over (part of) another's territory."""

    __tablename__ = "area_succession"

    code: str = Field(primary_key=True, max_length=12)
    successor: str = Field(primary_key=True, max_length=12, index=True)
    recorded_at: datetime | None = Field(default=None, sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)  # it was a mistake


class AreaBook(Table, table=True):
    """One row, which grows with every import: whoever keeps divisions in memory asks it first. A migration makes it."""

    __tablename__ = "area_book"

    id: str = Field(primary_key=True, max_length=8)
    version: int = 0
