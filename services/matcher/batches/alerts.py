"""Feeds nobody delivers any more: an alarm per line of deliveries, raised once when it becomes stale, cleared by a
delivery that is fresh."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.reveals import CHINA
from kit.scope import within
from matcher.batches.states import LINKED
from matcher.batches.store import sees_links
from matcher.batches.tables import Batch, FeedAlert


def day_of(batch: Batch) -> date:
    """The day its data are of: that of the extract, else that of the delivery, in China."""
    return batch.extracted_at or batch.created_at.astimezone(CHINA).date()


def newest_of_each_line(session: Session) -> list[Batch]:
    """Of every line the delivery that counts whose data are newest."""
    counts = (col(Batch.state).in_(LINKED), col(Batch.superseded_by).is_(None))
    found: dict[tuple[str, str, str], Batch] = {}
    for batch in session.exec(select(Batch).where(*counts).order_by(col(Batch.id))):
        line = (batch.feed, batch.agency, batch.area)
        if line not in found or day_of(batch) >= day_of(found[line]):
            found[line] = batch
    return list(found.values())


def standing(session: Session, feed: str, agency: str, area: str) -> FeedAlert | None:
    """The alarm of a line that is not cleared."""
    of_line = (FeedAlert.feed == feed, FeedAlert.agency == agency, FeedAlert.area == area)
    return session.exec(select(FeedAlert).where(*of_line, col(FeedAlert.cleared_at).is_(None))).first()


def raise_stale(session: Session, batch: Batch, freshness_days: int) -> FeedAlert | None:
    """Write down that the line of `batch`, its newest, is stale; None where that is told already."""
    if standing(session, batch.feed, batch.agency, batch.area) is not None:
        return None
    last = day_of(batch)
    alert = FeedAlert(
        id=new_id(), feed=batch.feed, agency=batch.agency, area=batch.area, last_batch=batch.id, last_on=last,
        due_on=last + timedelta(days=freshness_days), raised_at=now(),
    )  # fmt: skip
    session.add(alert)
    return alert


def clear(session: Session, batch: Batch, today: date) -> bool:
    """The line of `batch` is fresh again, if that is. Whether an alarm was cleared."""
    alert = standing(session, batch.feed, batch.agency, batch.area)
    if alert is None or day_of(batch) + (alert.due_on - alert.last_on) < today:
        return False
    alert.cleared_at, alert.cleared_by = now(), batch.id
    session.add(alert)
    return True


def page(session: Session, caller: Caller, *, only_open: bool, before: str | None, limit: int) -> Sequence[FeedAlert]:
    """The caller's alarms, the newest first: an agency's own, for the county office those of all."""
    mine = within(caller, col(FeedAlert.area), None if sees_links(caller) else FeedAlert.agency)
    query = select(FeedAlert).where(mine).order_by(col(FeedAlert.id).desc()).limit(limit)
    if only_open:
        query = query.where(col(FeedAlert.cleared_at).is_(None))
    if before is not None:
        query = query.where(col(FeedAlert.id) < before)
    return session.exec(query).all()
