"""Divisions and what became of them."""

from datetime import date

from sqlmodel import Field

from registry.table import Table


class Area(Table, table=True):
    """One division during one stretch of time; `valid_to` is the first day it no longer exists."""

    __tablename__ = "area"

    code: str = Field(primary_key=True, max_length=12)
    valid_from: date = Field(primary_key=True)
    valid_to: date | None = None
    name: str = Field(max_length=100)
    level: str = Field(max_length=12)
    parent: str | None = Field(default=None, max_length=12, index=True)


class Succession(Table, table=True):
    """The division that took over (part of) another's territory."""

    __tablename__ = "area_succession"

    code: str = Field(primary_key=True, max_length=12)
    successor: str = Field(primary_key=True, max_length=12)
