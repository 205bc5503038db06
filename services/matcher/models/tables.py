"""Linkage models by version, exactly one in force; and the work on them that a worker does."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from kit.columns import Instant, Json
from kit.lease import LeaseColumns
from matcher.table import Table


class ModelRow(Table, table=True):
    """A frozen model: its JSON, where it comes from, and since when it is or was in force."""

    __tablename__ = "model"

    version: str = Field(primary_key=True, max_length=80)
    document: str
    active: bool
    created_at: datetime = Field(sa_type=Instant)
    activated_at: datetime | None = Field(default=None, sa_type=Instant)
    origin: str = Field(default="shipped", max_length=12)  # shipped | trained | thresholds
    parent: str | None = Field(default=None, max_length=80)  # the version it was made from
    made_by: str | None = Field(default=None, max_length=64)  # the client that asked for it
    card: Any = Field(default=None, sa_type=Json, nullable=True)  # what it was made from and how good it is expected


class ModelJob(LeaseColumns, Table, table=True):
    """A training or a preview asked for: the row is the job. What it found stays with it."""

    __tablename__ = "model_job"

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=8)  # train | preview
    version: str = Field(max_length=80, index=True)  # trained from, or previewed
    state: str = Field(max_length=8, index=True)  # waiting | running | done | failed
    phase: str = Field(default="", max_length=16)
    done: int = 0  # of `total` parts of the phase
    total: int = 0
    attempts: int = 0
    error: str | None = Field(default=None, max_length=40)  # a code
    reason: str | None = Field(default=None, max_length=300)  # why it could not be done: levels and counts, no values
    made: str | None = Field(default=None, max_length=80)  # the version a training made
    basis: str | None = Field(default=None, max_length=64)  # digest of the data it looked at
    found: Any = Field(default=None, sa_type=Json, nullable=True)  # figures: counts by feed, township, grade
    sample: str | None = None  # sealed JSON: some of the records that would link otherwise, names masked
    asked_by: str = Field(max_length=64)
    area: str = Field(max_length=12, index=True)  # of the caller
    created_at: datetime = Field(sa_type=Instant, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
