"""Households and who belonged to them when."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from kit.columns import Instant
from registry.table import Table


class Household(Table, table=True):
    """A household of the civil affairs system; its number (户号) is unique within one county only."""

    __tablename__ = "household"
    __table_args__ = (UniqueConstraint("county", "number"),)

    household_id: str = Field(primary_key=True, max_length=36)
    county: str = Field(max_length=6)
    number: str = Field(max_length=64)
    area: str = Field(max_length=12, index=True)
    created_at: datetime = Field(sa_type=Instant)


class Membership(Table, table=True):
    """A person's place in a household, in valid and in recorded time."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "ix_membership_one_current",
            "household_id",
            "person_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL AND valid_to IS NULL"),
            postgresql_where=text("superseded_at IS NULL AND valid_to IS NULL"),
        ),
    )

    membership_id: str = Field(primary_key=True, max_length=36)
    household_id: str = Field(max_length=36, index=True, foreign_key="household.household_id")
    person_id: str = Field(max_length=36, index=True, foreign_key="person.person_id")
    relation: str | None = Field(default=None, max_length=20)  # 与户主关系 as the agency writes it
    is_head: bool
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)
