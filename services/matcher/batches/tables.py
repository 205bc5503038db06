"""A batch: its row is the job (state, lease, fencing token, progress); what it carried lies in sealed chunks."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field

from kit.columns import Instant, Json
from kit.lease import LeaseColumns
from matcher.table import Table


class Batch(LeaseColumns, Table, table=True):
    """One delivery of a feed by an agency."""

    id: str = Field(primary_key=True, max_length=36)
    feed: str = Field(max_length=64, index=True)
    feed_version: int
    agency: str = Field(max_length=64, index=True)
    area: str = Field(max_length=12, index=True)
    client_id: str = Field(max_length=64)
    purpose: str = Field(max_length=64)
    load: str = Field(max_length=16)  # snapshot | delta
    mode: str = Field(max_length=16)  # commit | validate
    period: str | None = Field(default=None, max_length=32)
    extracted_at: date | None = None
    media_type: str | None = Field(default=None, max_length=100)
    bytes: int = Field(sa_type=BigInteger)
    sha256: str = Field(max_length=64)
    state: str = Field(max_length=24, index=True)
    held_for: Any = Field(
        default=None, sa_type=Json, nullable=True
    )  # the guards that tripped, when a human must confirm
    same_as: str | None = Field(default=None, max_length=36)  # the batch whose content this one repeats
    superseded_by: str | None = Field(default=None, max_length=36, index=True)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)
    rows_deleted: int = 0  # records whose time was over; `outcomes` still accounts for every row that came
    rows_deleted_at: datetime | None = Field(default=None, sa_type=Instant)
    file_deleted_at: datetime | None = Field(default=None, sa_type=Instant)  # of the file as it came
    rows_total: int | None = None
    rows_done: int = 0
    chunks: int = 0
    outcomes: Any = Field(default=None, sa_type=Json, nullable=True)  # outcome → rows
    reading: Any = Field(
        default=None, sa_type=Json, nullable=True
    )  # how the file was understood: columns, lines passed over
    linked: Any = Field(default=None, sa_type=Json, nullable=True)  # grade → records, and how many are in no registry
    model_version: str | None = Field(default=None, max_length=80)
    attempts: int = 0
    error: str | None = Field(default=None, max_length=80)  # a code, never a message that could quote a row
    created_at: datetime = Field(sa_type=Instant, index=True)
    changed_at: datetime = Field(sa_type=Instant)
    step_started_at: datetime | None = Field(default=None, sa_type=Instant)
