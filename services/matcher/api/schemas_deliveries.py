"""What the doors of a delivery's life answer and are told: parts, differences, alarms, the reason of a rollback."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from matcher.api.schemas import Out


class PartOut(Out):
    """A part that is here for good."""

    number: int
    bytes: int
    sha256: str
    received_at: datetime


class PartsOut(Out):
    """What has arrived of a file in parts: what is not named is still to be sent."""

    batch_id: str
    state: str
    bytes: int
    sha256: str
    received_bytes: int
    expires_at: datetime | None
    parts: list[PartOut]


class RollbackIn(BaseModel):
    """Why a delivery is taken back; no names or numbers of people in it."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=2, max_length=300)


class RowDifferenceOut(Out):
    """One row that is not the same: `line` in this delivery, `line_before` in the one before. No cell is told."""

    change: str
    line: int | None
    line_before: int | None
    columns: list[str]


class DifferencesOut(Out):
    """How a delivery differs from the snapshot it replaced, or would."""

    batch_id: str
    base_id: str
    counts: dict[str, int]
    rows: list[RowDifferenceOut]
    cursor: str | None


class FeedAlertOut(Out):
    """A feed that is, or was, no longer fresh for one agency and area."""

    id: str
    feed: str
    agency: str
    area: str
    last_batch: str
    last_on: date
    due_on: date
    raised_at: datetime
    cleared_at: datetime | None
    cleared_by: str | None


class FeedAlertPageOut(Out):
    """Alarms, the newest first."""

    alerts: list[FeedAlertOut]
    cursor: str | None
