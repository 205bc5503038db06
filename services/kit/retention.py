"""What is deleted when its time is over: once a day, by one process, in small steps, each pass on record.

A service describes its jobs; here is what they share. Deleting is real: on SQLite freed pages are overwritten and the
write-ahead log is emptied afterwards, so that a deleted value stands in no file of the database.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy
from pydantic import BaseModel
from sqlalchemy import delete, func, inspect, tuple_
from sqlmodel import Field, Session, SQLModel, col, select

from kit.columns import Instant, Json, new_id, now
from kit.database import Database, reading, transaction
from kit.lease import LeaseColumns, claim, me
from kit.logs import get_logger

_log = get_logger("retention")
TURN = "retention"
LEASE_SECONDS = 6 * 3600  # a pass is over in minutes; whoever died in one is followed by the next after that
LOOK_SECONDS = 600.0
BULK = 1000  # rows deleted in one transaction: writers wait for no more than that


class TurnRow(LeaseColumns, SQLModel):
    """Columns of a service's one row that says who is at it, and the day that is done. The migration makes the row."""

    id: str = Field(primary_key=True, max_length=16)
    state: str = Field(max_length=8)
    created_at: datetime = Field(sa_type=Instant)
    done_on: date | None = None


class DeletionRow(SQLModel):
    """Columns of a service's record of passes: one row per job and pass, counts only."""

    deletion_id: str = Field(primary_key=True, max_length=36)
    job: str = Field(max_length=24, index=True)
    at: datetime = Field(sa_type=Instant)
    before: datetime = Field(sa_type=Instant)
    deleted: Any = Field(sa_type=Json)  # of what → how many
    held: int


@dataclass(frozen=True)
class Outcome:
    """What one job deleted (or would): of what how many, and what a legal hold kept."""

    job: str
    before: datetime
    deleted: dict[str, int] = field(default_factory=dict)
    held: int = 0


class DueOut(BaseModel):
    """What a job would delete now: everything older than `before`, but for what is held."""

    job: str
    title: str
    before: datetime
    deleted: dict[str, int]
    held: int


class DuesOut(BaseModel):
    """A rehearsal of the next pass; nothing was deleted."""

    due: list[DueOut]


class DeletionOut(DueOut):
    """What a job deleted in one pass."""

    deletion_id: str
    at: datetime


class DeletionPageOut(BaseModel):
    """A page of passes, the oldest first."""

    deletions: list[DeletionOut]
    cursor: str | None


@contextmanager
def turn(database: Database, table: type[TurnRow], day: date) -> Iterator[bool]:
    """Whether this process is to do the pass of `day`; it is done when the block ends well."""
    with transaction(database) as session:
        row = session.get(table, TURN)
        mine = row is not None and row.done_on != day and claim(session, table, ("open",), me(), LEASE_SECONDS)
        token = row.fencing_token if row is not None else 0
    if not mine:
        yield False
        return
    done = None
    try:
        yield True
        done = day
    finally:
        with transaction(database) as session:
            row = session.get_one(table, TURN)
            if row.fencing_token == token:
                row.leased_by, row.leased_until = None, None
                row.done_on = done or row.done_on
                session.add(row)


def delete_rows(database: Database, table: type[SQLModel], where: Sequence[Any], *, dry: bool) -> int:
    """Delete the rows that fit `where`, some at a time; how many there were."""
    if dry:
        with reading(database) as session:
            return int(session.execute(select(func.count()).select_from(table).where(*where)).scalar_one())
    columns = inspect(table).primary_key
    key = columns[0] if len(columns) == 1 else tuple_(*columns)
    found = 0
    while True:
        with transaction(database) as session:
            wipe(session)
            some = sqlalchemy.select(*columns).where(*where).limit(BULK)
            gone = int(getattr(session.execute(delete(table).where(key.in_(some))), "rowcount", 0))
        found += gone
        if gone < BULK:
            return found


def wipe(session: Session) -> None:
    """From now on this connection overwrites what it deletes (SQLite; PostgreSQL's VACUUM gives pages back)."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete=ON")


def empty_log(database: Database) -> None:
    """SQLite's write-ahead log still holds pages as they were: cut it off, if no reader is in the way."""
    if database.dialect != "sqlite":
        return
    connection = database.engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def record(session: Session, table: type[DeletionRow], outcome: Outcome) -> DeletionRow:
    """Write a job's pass down."""
    row = table(
        deletion_id=new_id(), job=outcome.job, at=now(), before=outcome.before, deleted=outcome.deleted,
        held=outcome.held,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def page(session: Session, table: type[DeletionRow], after: str, limit: int) -> Sequence[DeletionRow]:
    """Passes in the order they were made."""
    query = select(table).where(col(table.deletion_id) > after)
    return session.exec(query.order_by(col(table.deletion_id)).limit(limit)).all()


def told(outcomes: Sequence[Outcome], titles: dict[str, str]) -> list[DueOut]:
    """A rehearsal as it is told."""
    return [
        DueOut(job=one.job, title=titles[one.job], before=one.before, deleted=one.deleted, held=one.held)
        for one in outcomes
    ]


def deletions_out(rows: Sequence[DeletionRow], titles: dict[str, str]) -> list[DeletionOut]:
    """Passes as they are told."""
    return [DeletionOut(**row.model_dump(), title=titles.get(row.job, row.job)) for row in rows]


def in_words(name: str, outcomes: Sequence[Outcome], *, dry: bool) -> list[str]:
    """For the operator's terminal."""
    verb = "将删除 · would delete" if dry else "已删除 · deleted"
    lines = []
    for one in outcomes:
        counts = ", ".join(f"{what} {count}" for what, count in one.deleted.items()) or "0"
        lines.append(f"{name}: {one.job}  {verb}: {counts}  依法保留 · held: {one.held}  < {one.before:%Y-%m-%d}")
    return lines


@contextmanager
def keeping(look: Callable[[], object], seconds: float = LOOK_SECONDS) -> Iterator[None]:
    """`look` (which does the day's pass if it is due) is called now and then while the block runs, by a thread."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            try:
                look()
            except Exception as error:
                _log.error("retention_failed", exc_info=error)
            stop.wait(seconds)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=20)
