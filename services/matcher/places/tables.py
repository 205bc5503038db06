"""The divisions as the registry holds them."""

from datetime import date
from typing import Any

from sqlmodel import Field

from kit.columns import Json
from matcher.table import Table


class Place(Table, table=True):
    """One 12-digit division with its validity and successors."""

    code: str = Field(primary_key=True, max_length=12)
    name: str = Field(max_length=100)
    level: str = Field(max_length=16)
    parent: str | None = Field(default=None, max_length=12)
    valid_from: date | None = None
    valid_to: date | None = None
    successors: Any = Field(default=None, sa_type=Json, nullable=True)
