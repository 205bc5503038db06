"""Appending to and reading the feed of changes.

Why the order holds: a database sequence numbers rows when they are written, not when they become visible; a
follower that has read 7 would never see 6 committed after it. Here the next number is taken under a lock held
until the transaction ends (PostgreSQL: an advisory lock; SQLite: its single writer), so a higher number can only
be given out once every lower one is visible or rolled back. To keep that stretch short, `append` comes after all
other writes of a transaction, only the journal's entry may follow it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import func
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.bulk import insert_frame
from kit.columns import now
from kit.problems import CursorExpired
from kit.scope import within
from registry.changes import compact
from registry.changes.tables import Change, PastChange
from registry.table import take_turns

RESYNC = "/registry/v1/export"
BULK = 5000
# Numbers passed over after a restore: more than were ever given out between a backup and the loss of what came after.
LOST = 20_000_000
# What the position is the higher one of.
POSITION = (select(func.max(Change.seq)), compact.FLOOR)
_ROW = {"seq": pl.Int64, "kind": pl.String, "subject": pl.String, "area": pl.String}


@dataclass(frozen=True)
class Touched:
    """A thing that changed, and the area whose followers must hear of it."""

    kind: str
    subject: str
    area: str


def append(session: Session, touched: Iterable[Touched]) -> int:
    """Number and store the changes; the last number given (0 when nothing was ever written)."""
    take_turns(session, "changes")
    last = position(session)
    at = now()
    # One transaction tells of one thing once, in order of first touch.
    unique = dict.fromkeys((one.kind, one.subject, one.area) for one in touched)
    rows = pl.DataFrame(
        [(last + number, *told) for number, told in enumerate(unique, start=1)], schema=_ROW, orient="row"
    )
    insert_frame(session, Change.__table__, rows, {"recorded_at": at})  # type: ignore[attr-defined]  # SQLModel's
    return last + rows.height


def position(session: Session) -> int:
    """The number of the last visible change, or the last one passed over; what an export gives as the place to go on
    from."""
    return max(session.exec(one).first() or 0 for one in POSITION)


def pass_over_lost(session: Session) -> int:
    """After a restore: numbers that may have been given out since the backup are given to nothing else, and whoever
    stands at one, or before, is told to resync. The number the feed goes on from."""
    take_turns(session, "changes")
    beyond = position(session) + LOST
    compact.raise_floor(session, beyond)
    return beyond


def after(session: Session, caller: Caller, seq: int, limit: int) -> Sequence[Change]:
    """Up to `limit` changes above `seq` within the caller's area.

    Raises CursorExpired when entries above `seq` are gone (pruned), or `seq` lies ahead of the feed (the database
    was restored from an older copy): either way the follower's state can no longer be brought up by changes. That is
    looked at last: what is pruned while the rows are read is missed by none.
    """
    query = select(Change).where(col(Change.seq) > seq, within(caller, col(Change.area)))
    rows = session.exec(query.order_by(col(Change.seq)).limit(limit)).all()
    if seq > position(session) or seq < compact.floor(session):
        raise CursorExpired(resync=RESYNC)
    return rows


def prune(session: Session, before: datetime, most: int = BULK) -> int:
    """Take up to `most` of the oldest changes recorded before that moment out of the feed; the newest always stays, so
    that numbers go on from it. Which number told of whom is kept: the journal names followers' ranges."""
    old = (col(Change.recorded_at) < before, col(Change.seq) < position(session))
    last = session.exec(select(Change.seq).where(*old).order_by(col(Change.seq)).limit(most)).all()
    if not last:
        return 0
    compact.raise_floor(session, last[-1])
    return compact.put_away(session, last)


def told_between(session: Session, subjects: Sequence[str], first: int, last: int) -> list[str]:
    """The areas under which changes with these numbers told of one of `subjects`, pruned ones too."""
    areas: list[str] = []
    for table in (Change, PastChange):
        span = (col(table.seq) >= first, col(table.seq) <= last, col(table.subject).in_(subjects))
        areas += session.exec(select(table.area).where(*span)).all()
    return areas
