"""Slips, what each county is asked and answered, and what happened to them, append only."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from kit.columns import Instant
from registry.table import Table


class Slip(Table, table=True):
    """One person supported in several counties: a question by whoever stands above them."""

    __tablename__ = "slip"
    __table_args__ = (UniqueConstraint("area", "year", "serial"),)

    slip_id: str = Field(primary_key=True, max_length=36)
    area: str = Field(max_length=12, index=True)  # who asks
    year: int
    serial: int  # within the year of whoever asks
    key: str = Field(max_length=64, index=True)  # of the periods it is about: the same are not put twice
    state: str = Field(max_length=10, index=True)  # rules.STATES
    due_on: date = Field(index=True)
    issued_at: datetime = Field(sa_type=Instant)
    issued_on: date
    issued_by: str = Field(max_length=36)
    settled_on: date | None = None
    settled_by: str | None = Field(default=None, max_length=10)  # answers | decision
    keeps: str | None = Field(default=None, max_length=12)  # the county that goes on, once settled
    version: int = 1


class SlipSide(Table, table=True):
    """What one county is asked: a period of its own, and what it answered last."""

    __tablename__ = "slip_side"

    side_id: str = Field(primary_key=True, max_length=36)
    slip_id: str = Field(max_length=36, index=True, foreign_key="slip.slip_id")
    area: str = Field(max_length=12, index=True)  # the period's own
    county: str = Field(max_length=12)
    person_id: str = Field(max_length=36, index=True)
    coverage_id: str = Field(max_length=36, index=True)
    programme: str = Field(max_length=20)
    form: str | None = Field(default=None, max_length=10)
    since: date
    answer: str | None = Field(default=None, max_length=12)  # rules.ANSWERS
    stop_from: str | None = Field(default=None, max_length=7)  # YYYY-MM
    answered_on: date | None = None  # its first answer that was none in between
    answered_by: str | None = Field(default=None, max_length=36)


class SlipEvent(Table, table=True):
    """What happened to a slip: never changed, never deleted."""

    __tablename__ = "slip_event"

    event_id: str = Field(primary_key=True, max_length=36)
    slip_id: str = Field(max_length=36, index=True, foreign_key="slip.slip_id")
    at: datetime = Field(sa_type=Instant)
    actor: str = Field(max_length=36)
    action: str = Field(max_length=10)  # rules.ACTIONS
    county: str | None = Field(default=None, max_length=12)  # whose answer, or who was decided to go on
    code: str | None = Field(default=None, max_length=12)
    state_after: str = Field(max_length=10)
    word_sealed: str | None = None
