"""A batch: its row is the job (state, lease, fencing token, progress); what it carried lies in sealed chunks.

Beside it: the parts of a file sent in parts, the rows of a line of deliveries that a later delta ended, and the alarms
about feeds nobody delivers any more.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from kit.columns import Instant, Json
from kit.lease import LeaseColumns
from matcher.table import Table

OUTCOMES = ("accepted", "accepted_with_warnings", "unchanged", "duplicate_in_batch", "superseded", "rejected")
_ROWS = {outcome: f"rows_{outcome}" for outcome in OUTCOMES}
# Rows in = sum of outcomes: the database refuses a batch that lost a row, whoever counts.
ACCOUNTED = (
    f"({' AND '.join(f'{name} IS NULL' for name in _ROWS.values())}) OR "
    f"(rows_total IS NOT NULL AND {' AND '.join(f'{name} IS NOT NULL AND {name} >= 0' for name in _ROWS.values())}"
    f" AND {' + '.join(_ROWS.values())} = rows_total)"
)


class Batch(LeaseColumns, Table, table=True):
    """One delivery of a feed by an agency."""

    __table_args__ = (CheckConstraint(ACCOUNTED, name="every_row_has_an_outcome"),)

    id: str = Field(primary_key=True, max_length=36)
    feed: str = Field(max_length=64, index=True)
    feed_version: int
    agency: str = Field(max_length=64, index=True)
    area: str = Field(max_length=12, index=True)
    client_id: str = Field(max_length=64)
    purpose: str = Field(max_length=64)
    load: str = Field(max_length=16)  # snapshot | delta
    mode: str = Field(max_length=16)  # commit | validate
    atomicity: str = Field(default="row", max_length=8)  # row | batch: one rejected row refuses the whole
    period: str | None = Field(default=None, max_length=32)
    extracted_at: date | None = None
    media_type: str | None = Field(default=None, max_length=100)
    bytes: int = Field(sa_type=BigInteger)
    sha256: str = Field(max_length=64)
    expected_rows: int | None = None
    supersedes: str | None = Field(default=None, max_length=36)  # what its sender believes to be the present snapshot
    expires_at: datetime | None = Field(default=None, sa_type=Instant)  # of an upload in parts that is still open
    sealed_at: datetime | None = Field(default=None, sa_type=Instant)  # since when the whole file is here
    state: str = Field(max_length=24, index=True)
    held_for: Any = Field(
        default=None, sa_type=Json, nullable=True
    )  # the guards that tripped, when a human must confirm
    held_figures: Any = Field(default=None, sa_type=Json, nullable=True)  # guard → its figures
    committed_by: str | None = Field(default=None, max_length=64)  # who let a validated one count
    confirmed_by: str | None = Field(default=None, max_length=64)  # the second pair of eyes
    rolled_back_by: str | None = Field(default=None, max_length=64)
    rolled_back_at: datetime | None = Field(default=None, sa_type=Instant)
    rollback_reason: str | None = Field(default=None, max_length=300)
    same_as: str | None = Field(default=None, max_length=36)  # the batch whose content this one repeats
    superseded_by: str | None = Field(default=None, max_length=36, index=True)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)
    rows_deleted: int = 0  # records whose time was over; `outcomes` still accounts for every row that came
    rows_deleted_at: datetime | None = Field(default=None, sa_type=Instant)
    file_deleted_at: datetime | None = Field(default=None, sa_type=Instant)  # of the file as it came
    rows_total: int | None = None
    rows_done: int = 0
    chunks: int = 0
    rows_accepted: int | None = None
    rows_accepted_with_warnings: int | None = None
    rows_unchanged: int | None = None
    rows_duplicate_in_batch: int | None = None
    rows_superseded: int | None = None
    rows_rejected: int | None = None
    read_seconds: float | None = None  # how long reading took: what waits is reckoned from it
    reading: Any = Field(
        default=None, sa_type=Json, nullable=True
    )  # how the file was understood: columns, lines passed over
    linked: Any = Field(default=None, sa_type=Json, nullable=True)  # grade → records, and how many are in no registry
    model_version: str | None = Field(default=None, max_length=80)
    attempts: int = 0
    error: str | None = Field(default=None, max_length=80)  # a code, never a message that could quote a row
    refusal: Any = Field(
        default=None, sa_type=Json, nullable=True
    )  # why the worker could not read the file: reason, zh, en
    created_at: datetime = Field(sa_type=Instant, index=True)
    changed_at: datetime = Field(sa_type=Instant, index=True)
    step_started_at: datetime | None = Field(default=None, sa_type=Instant)
    trace: str | None = Field(default=None, max_length=55)  # where it came in, as a traceparent: the worker goes on

    @property
    def outcomes(self) -> dict[str, int] | None:
        """Outcome → rows, once every row has one; of a repetition the one it has."""
        counts = {outcome: getattr(self, name) for outcome, name in _ROWS.items()}
        if any(count is None for count in counts.values()):
            return None
        return {"unchanged": counts["unchanged"]} if self.state == "unchanged" else counts

    def account(self, total: int, counts: Mapping[str, int]) -> None:
        """Say what became of all rows; `counts` by outcome, those not named are none."""
        self.rows_total = total
        for outcome, name in _ROWS.items():
            setattr(self, name, counts.get(outcome, 0))


class BatchPart(Table, table=True):
    """A part of a file, here for good: its row is written after its sealed file."""

    __tablename__ = "batch_part"

    batch_id: str = Field(primary_key=True, max_length=36)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    bytes: int
    sha256: str = Field(max_length=64)
    received_at: datetime = Field(sa_type=Instant)


class EndedRow(Table, table=True):
    """A record of a delivery that counts, which a later delta of the same line replaced or ended."""

    __tablename__ = "ended_row"

    batch_id: str = Field(primary_key=True, max_length=36)
    line: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    ended_by: str = Field(max_length=36, index=True)  # the first delta that did
    ended_at: datetime = Field(sa_type=Instant)


class FeedAlert(Table, table=True):
    """A line of deliveries that has become stale: raised once, cleared by a delivery."""

    __tablename__ = "feed_alert"
    # Two workers at once raise one.
    __table_args__ = (
        Index(
            "ix_feed_alert_open",
            "feed",
            "agency",
            "area",
            unique=True,
            sqlite_where=text("cleared_at IS NULL"),
            postgresql_where=text("cleared_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True, max_length=36)
    feed: str = Field(max_length=64)
    agency: str = Field(max_length=64)
    area: str = Field(max_length=12, index=True)
    last_batch: str = Field(max_length=36)  # the last delivery that counts
    last_on: date  # the day its data are of
    due_on: date  # the last day on which they were fresh
    raised_at: datetime = Field(sa_type=Instant)
    cleared_at: datetime | None = Field(default=None, sa_type=Instant)
    cleared_by: str | None = Field(default=None, max_length=36)
