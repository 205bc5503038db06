"""Work that somebody asked for and a worker does: the row is the job, done under a lease, kept with what it found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Field, Session

from kit.columns import Instant, Json, now
from kit.lease import LeaseColumns

OPEN = ("waiting", "running")


class JobColumns(LeaseColumns):
    """What every such row says of itself; what it is about stands in its table."""

    id: str = Field(primary_key=True, max_length=36)
    state: str = Field(max_length=8, index=True)  # waiting | running | done | failed
    phase: str = Field(default="", max_length=16)
    done: int = 0  # of `total` parts of the phase
    total: int = 0
    attempts: int = 0
    error: str | None = Field(default=None, max_length=40)  # a code
    basis: str | None = Field(default=None, max_length=64)  # digest of the data it looked at
    found: Any = Field(default=None, sa_type=Json, nullable=True)  # figures: counts by division, feed, screen, grade
    sample: str | None = None  # sealed JSON: some of those it is about, names masked
    asked_by: str = Field(max_length=64)
    area: str = Field(max_length=12, index=True)
    created_at: datetime = Field(sa_type=Instant, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


def finish(session: Session, job: JobColumns, found: Mapping[str, Any]) -> None:
    """It is done; `found` are columns."""
    job.error, job.done = None, job.total  # its last part had nobody left to tell of
    _end(session, job, "done", found)


def fail(session: Session, job: JobColumns, code: str, told: Mapping[str, Any]) -> None:
    """It cannot be done; `told` are columns, nothing else changes."""
    job.error = code
    _end(session, job, "failed", told)


def _end(session: Session, job: JobColumns, state: str, told: Mapping[str, Any]) -> None:
    for name, value in told.items():
        setattr(job, name, value)
    job.state, job.ended_at, job.leased_by, job.leased_until = state, now(), None, None
    session.add(job)
    session.flush()
