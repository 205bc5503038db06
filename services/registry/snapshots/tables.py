"""Frozen ledgers and what was done with them. The database itself refuses to alter or delete a row of theirs."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from kit.columns import Instant
from registry.table import Table


class Snapshot(Table, table=True):
    """The head of a frozen ledger: of which area and month, how many cases, and the digest of everything in it."""

    __tablename__ = "ledger_snapshot"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("opened = closed + still_open", name="opened_is_closed_and_open"),
    )

    snapshot_id: str = Field(primary_key=True, max_length=36)
    number: str = Field(max_length=40)  # area, month and how many of that month: 640499000000-202106-1
    area: str = Field(max_length=12, index=True)
    month: str = Field(max_length=7)  # YYYY-MM
    cut_off: datetime = Field(sa_type=Instant)  # the ledger as it stood then
    opened: int
    closed: int
    still_open: int
    overdue: int
    due_on: date  # until when the month's ledger is to be reported upwards
    parts: int
    digest: str = Field(max_length=64)
    frozen_at: datetime = Field(sa_type=Instant)
    frozen_by: str = Field(max_length=36)


class SnapshotPart(Table, table=True):
    """Some of its lines, in order, sealed: measures may name people."""

    __tablename__ = "ledger_snapshot_part"
    __table_args__ = (UniqueConstraint("snapshot_id", "part"),)

    part_id: str = Field(primary_key=True, max_length=36)
    snapshot_id: str = Field(max_length=36, foreign_key="ledger_snapshot.snapshot_id")
    part: int
    lines_sealed: str


class SnapshotStep(Table, table=True):
    """Signed off, reported: by whom, when, with the receipt that proves it."""

    __tablename__ = "ledger_snapshot_step"
    __table_args__ = (UniqueConstraint("snapshot_id", "action"),)

    step_id: str = Field(primary_key=True, max_length=36)
    snapshot_id: str = Field(max_length=36, index=True, foreign_key="ledger_snapshot.snapshot_id")
    action: str = Field(max_length=10)  # sign | report
    at: datetime = Field(sa_type=Instant)
    on_day: date
    actor: str = Field(max_length=36)
    receipt: str
