"""A person and what was known of it when.

Two times on every version: `valid_from`/`valid_to` (when it was so in the world, half-open days) and
`recorded_at`/`superseded_at` (when the registry believed it, half-open instants). Nothing is overwritten: a
correction supersedes a version and states the same days anew; a change in the world also cuts the days.

Names stand in the clear: they are what staff list and sort by, and alone they identify nobody here. Numbers and
telephones are sealed, with a blind index for look-up by equality.
"""

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from kit.columns import Instant
from registry.table import Table


class Person(Table, table=True):
    """The thing itself: an id that never changes, and where it went if two turned out to be one."""

    __tablename__ = "person"

    person_id: str = Field(primary_key=True, max_length=36)
    subject_id: str | None = Field(default=None, max_length=36, index=True)  # the matcher's id, where it minted one
    survivor_id: str | None = Field(default=None, max_length=36, index=True, foreign_key="person.person_id")
    created_at: datetime = Field(sa_type=Instant)


class PersonMerge(Table, table=True):
    """That one person is another, as long as it was believed."""

    __tablename__ = "person_merge"
    __table_args__ = (
        Index(
            "ix_person_merge_one_current",
            "person_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    merge_id: str = Field(primary_key=True, max_length=36)
    person_id: str = Field(max_length=36, index=True, foreign_key="person.person_id")
    survivor_id: str = Field(max_length=36, index=True, foreign_key="person.person_id")
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)


class PersonVersion(Table, table=True):
    """What was believed of a person during one stretch of recorded time about one stretch of days."""

    __tablename__ = "person_version"
    __table_args__ = (
        Index(
            "ix_person_version_one_current",
            "person_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL AND valid_to IS NULL"),
            postgresql_where=text("superseded_at IS NULL AND valid_to IS NULL"),
        ),
    )

    version_id: str = Field(primary_key=True, max_length=36)
    person_id: str = Field(max_length=36, index=True, foreign_key="person.person_id")
    version: int
    name: str = Field(max_length=100, index=True)
    id_number_sealed: str | None = None
    id_number_blind: str | None = Field(default=None, max_length=64, index=True)
    sex: str | None = Field(default=None, max_length=1)
    birth_date: date | None = None
    ethnic: str | None = Field(default=None, max_length=20)
    division: str | None = Field(default=None, max_length=12)
    area: str = Field(max_length=12, index=True)  # the division, or the area of whoever wrote it: scope needs one
    address: str | None = Field(default=None, max_length=300)
    phone_sealed: str | None = None
    phone_blind: str | None = Field(default=None, max_length=64, index=True)
    died_on: date | None = None
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)
    source_import: str | None = Field(default=None, max_length=36)
    source_line: int | None = None
