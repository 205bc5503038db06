"""Linkage models by version; exactly one is in force."""

from datetime import datetime

from sqlmodel import Field

from kit.columns import Instant
from matcher.table import Table


class ModelRow(Table, table=True):
    """A frozen model: its JSON, and since when it is or was in force."""

    __tablename__ = "model"

    version: str = Field(primary_key=True, max_length=80)
    document: str
    active: bool
    created_at: datetime = Field(sa_type=Instant)
    activated_at: datetime | None = Field(default=None, sa_type=Instant)
