"""Old changes of one thing give way to its newest, and how far back the feed still reaches.

A change says that something changed and never what, so whoever has yet to read both is told as much by the newer
alone: no cursor is lost by compaction. Where a thing left an area, that area's own newest change stays: its followers
must hear of it. What is pruned by age is lost to whoever has not read it; `floor` says up to which number that is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, func, select, update

from registry.changes.tables import FEED, Change, ChangeFloor, PastChange

BULK = 5000
FLOOR = select(ChangeFloor.seq).where(col(ChangeFloor.id) == FEED)
_KEPT = ("seq", "subject", "area", "recorded_at")


def floor(session: Session) -> int:
    """The highest number that was pruned: a follower who stands below it missed something."""
    return session.exec(FLOOR).first() or 0


def raise_floor(session: Session, seq: int) -> None:
    """Nothing up to this number is promised any more."""
    higher = (col(ChangeFloor.id) == FEED, col(ChangeFloor.seq) < seq)
    session.execute(update(ChangeFloor).where(*higher).values(seq=seq))


def given_way(before: datetime) -> ColumnElement[bool]:
    """Changes recorded before that moment that a newer one of the same thing in the same area says as well."""
    newer: Any = aliased(Change)
    same = (newer.subject == col(Change.subject), newer.kind == col(Change.kind), newer.area == col(Change.area))
    found: ColumnElement[bool] = exists().where(*same, newer.seq > col(Change.seq))
    return (col(Change.recorded_at) < before) & found


def compact(session: Session, before: datetime, most: int = BULK) -> int:
    """Take up to `most` of them out of the feed."""
    query = select(Change.seq).where(given_way(before)).order_by(col(Change.seq)).limit(most)
    return put_away(session, session.exec(query).all())


def count(session: Session, before: datetime) -> int:
    """How many would go."""
    return session.exec(select(func.count()).select_from(Change).where(given_way(before))).one()


def put_away(session: Session, numbers: Sequence[int]) -> int:
    """Out of the feed; which number told of whom is kept, because the journal names followers' ranges."""
    gone = 0
    for start in range(0, len(numbers), BULK // 10):
        these = col(Change.seq).in_(numbers[start : start + BULK // 10])
        kept = select(*(getattr(Change, name) for name in _KEPT)).where(these)
        session.execute(insert(PastChange).from_select(list(_KEPT), kept))
        gone += int(getattr(session.execute(delete(Change).where(these)), "rowcount", 0))
    return gone
