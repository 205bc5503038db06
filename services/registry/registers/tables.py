"""Entries of all registers, in valid time and in recorded time; and what humans said of repeated petitions."""

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from kit.columns import Instant
from registry.table import Table


class RegisterEntry(Table, table=True):
    """What was believed of an entry during one stretch of recorded time about one stretch of days (half-open).

    An ended entry goes on as `ended` from that day: the present version is always the one without `valid_to`.
    """

    __tablename__ = "register_entry"
    __table_args__ = (
        Index(
            "ix_register_entry_one_current",
            "entry_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL AND valid_to IS NULL"),
            postgresql_where=text("superseded_at IS NULL AND valid_to IS NULL"),
        ),
        Index("ix_register_entry_of_register", "register_id", "entry_id"),
        Index("ix_register_entry_due", "register_id", "due_on"),
    )

    row_id: str = Field(primary_key=True, max_length=36)
    entry_id: str = Field(max_length=36, index=True)
    register_id: str = Field(max_length=32)
    version: int
    area: str = Field(max_length=12, index=True)
    person_id: str | None = Field(default=None, max_length=36, index=True)
    household_id: str | None = Field(default=None, max_length=36, index=True)
    case_id: str | None = Field(default=None, max_length=36, index=True)
    key_blind: str | None = Field(default=None, max_length=64, index=True)
    due_on: date | None = None
    ended: bool = False
    values_sealed: str
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)
    written_by: str = Field(max_length=64)
