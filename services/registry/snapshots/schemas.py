"""Frozen ledgers on the wire."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from kit.shapes import AreaCode, Month
from registry.ledger.schemas import State


class FreezeIn(BaseModel):
    """Which ledger to freeze."""

    model_config = ConfigDict(extra="forbid")

    area: AreaCode
    month: Month


class SnapshotOut(BaseModel):
    """The head of a frozen ledger. `late`: not reported by `due_on`, or reported after it."""

    snapshot_id: str
    number: str
    area: str
    month: str
    cut_off: datetime
    opened: int
    closed: int
    still_open: int
    overdue: int
    digest: str
    frozen_at: datetime
    frozen_by: str
    due_on: date
    signed_at: datetime | None
    signed_by: str | None
    reported_at: datetime | None
    reported_by: str | None
    late: bool
    receipts: list[str]


class SnapshotPageOut(BaseModel):
    """Frozen ledgers, newest first."""

    snapshots: list[SnapshotOut]
    cursor: str | None


class LineOut(BaseModel):
    """One case as it was frozen: task, measure, deadline, unit and person (L8, L10), without identities."""

    case_id: str
    area: str
    origin: str
    state: State
    state_label: str
    task: str
    measure: str | None
    due_on: date | None
    overdue: bool
    responsible_unit: str | None
    responsible_person: str | None
    tier: str | None
    codes: list[str]
    opened_on: date
    closed_on: date | None
    closed_reason: str | None


class LinePageOut(BaseModel):
    """Lines of a frozen ledger, in the order the cases were opened."""

    lines: list[LineOut]
    cursor: str | None


class SnapshotVerdictOut(BaseModel):
    """Whether a frozen ledger is what it was when it was frozen, and every receipt its own."""

    holds: bool
    digest: str
    found: str
    lines: int


class MonthDueOut(BaseModel):
    """One division's ledger of a month: its newest snapshot, if any, and whether it is late."""

    area: str
    area_name: str
    snapshot_id: str | None
    number: str | None
    signed_at: datetime | None
    reported_at: datetime | None
    due_on: date
    late: bool


class MonthDuesOut(BaseModel):
    """The divisions directly below an area with what they owe of a month."""

    area: str
    month: str
    divisions: list[MonthDueOut]


class ReportTextOut(BaseModel):
    """The month in official prose, from the frozen figures alone, with the figures it was written from."""

    number: str
    title: str
    text: str
    figures: dict[str, Any]
