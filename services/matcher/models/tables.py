"""Linkage models by version, exactly one in force; and the work on them that a worker does."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from kit.columns import Instant, Json
from matcher.job_rows import JobColumns
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


class ModelJob(JobColumns, Table, table=True):
    """A training or a preview asked for; its area is the caller's."""

    __tablename__ = "model_job"

    kind: str = Field(max_length=8)  # train | preview
    version: str = Field(max_length=80, index=True)  # trained from, or previewed
    reason: str | None = Field(default=None, max_length=300)  # why it could not be done: levels and counts, no values
    made: str | None = Field(default=None, max_length=80)  # the version a training made
