"""Households and who belonged to them when."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from kit.columns import Instant
from registry.households.kinds import ASSISTANCE
from registry.table import Table


class Household(Table, table=True):
    """A household by one notion, as it stands now. `number` is its key (`kinds.key_of`), unique within one county only:
    of civil affairs' own the bare 户号.

    One that was never altered has no version: what stands here was so ever since, as believed since `created_at`.
    """

    __tablename__ = "household"
    __table_args__ = (UniqueConstraint("county", "number"),)

    household_id: str = Field(primary_key=True, max_length=36)
    county: str = Field(max_length=6)
    number: str = Field(max_length=64)
    area: str = Field(max_length=12, index=True)
    kind: str = Field(default=ASSISTANCE, max_length=12, sa_column_kwargs={"server_default": ASSISTANCE})
    created_at: datetime = Field(sa_type=Instant)


class HouseholdVersion(Table, table=True):
    """What was believed of a household's number and place for one stretch of days."""

    __tablename__ = "household_version"
    __table_args__ = (
        Index(
            "ix_household_version_one_current",
            "household_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL AND valid_to IS NULL"),
            postgresql_where=text("superseded_at IS NULL AND valid_to IS NULL"),
        ),
    )

    version_id: str = Field(primary_key=True, max_length=36)
    household_id: str = Field(max_length=36, index=True, foreign_key="household.household_id")
    number: str = Field(max_length=64)  # as its system writes it
    area: str = Field(max_length=12, index=True)
    monitored_as: str | None = Field(default=None, max_length=12)  # kinds.MONITORED_AS
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)


class HouseholdLink(Table, table=True):
    """That two households of different notions are of the same people; the lower id first."""

    __tablename__ = "household_link"

    link_id: str = Field(primary_key=True, max_length=36)
    household_id: str = Field(max_length=36, index=True, foreign_key="household.household_id")
    other_id: str = Field(max_length=36, index=True, foreign_key="household.household_id")
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)


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
