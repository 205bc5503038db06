"""Batches in the database, each query under the caller's scope or, for the worker, under its lease."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, not_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select, update

from kit import database
from kit.auth import Caller
from kit.columns import now
from kit.lease import taken
from kit.outages import outage
from kit.problems import NotFound
from kit.scope import within
from matcher.batches.states import LINKED, LIVE, READY, WAITING
from matcher.batches.tables import Batch

AHEAD = (*WAITING, *READY, "needs_confirmation")
OUTAGE_PAUSE = timedelta(seconds=5)
COUNTY_SCOPE = "links:read"  # who answers for the matching sees all agencies' batches of the area


def sees_links(caller: Caller) -> bool:
    """Whether this is the county office that answers for the matching: no other agency is, whatever its scopes."""
    return caller.terms is None and COUNTY_SCOPE in caller.scopes


def visible(caller: Caller) -> ColumnElement[bool]:
    """An agency sees its own deliveries; the county office that answers for the matching sees all of its area."""
    agency = None if sees_links(caller) else Batch.agency
    return within(caller, col(Batch.area), agency)


def find(session: Session, caller: Caller, batch_id: str, *, to_write: bool = False) -> Batch:
    """One batch. Raises NotFound when absent or not the caller's.

    `to_write`: nobody else moves it until the transaction ends, neither another caller nor a worker.
    """
    query = select(Batch).where(col(Batch.id) == batch_id, visible(caller))
    batch = session.exec(query.with_for_update() if to_write else query).first()
    if batch is None:
        raise NotFound
    return batch


def page(
    session: Session, caller: Caller, filters: dict[str, str | None], before: str | None, limit: int
) -> list[Batch]:
    """The caller's batches, newest first (ids sort by time), narrowed to equal `filters`."""
    query = select(Batch).where(visible(caller)).order_by(col(Batch.id).desc()).limit(limit)
    for name, value in filters.items():
        if value is not None:
            query = query.where(getattr(Batch, name) == value)
    if before is not None:
        query = query.where(col(Batch.id) < before)
    return list(session.exec(query))


def line_of(batch: Batch) -> tuple[ColumnElement[bool], ...]:
    """Deliveries of the same feed by the same agency for the same area."""
    return (col(Batch.feed) == batch.feed, col(Batch.agency) == batch.agency, col(Batch.area) == batch.area)


def _counts() -> tuple[ColumnElement[bool], ...]:
    """What counts, or is about to."""
    return (col(Batch.state).in_(LIVE), col(Batch.superseded_by).is_(None))


def last_delivery(session: Session, batch: Batch) -> Batch | None:
    """The last delivery before `batch` that was not refused, withdrawn, or itself a repetition."""
    return _newest(session, batch, col(Batch.id) < batch.id)


def newest_delivery(session: Session, batch: Batch) -> Batch | None:
    """The same of a batch that is just coming in: whoever is there already came before it."""
    return _newest(session, batch, col(Batch.id) != batch.id)


def _newest(session: Session, batch: Batch, which: ColumnElement[bool]) -> Batch | None:
    states = (*LIVE, *WAITING, "validated", "needs_confirmation")
    query = select(Batch).where(*line_of(batch), col(Batch.state).in_(states), which)
    return session.exec(query.order_by(col(Batch.id).desc()).limit(1)).first()


def take_turns(session: Session, batch: Batch) -> None:
    """One delivery at a time of a line: of two of the same content the second sees the first."""
    database.take_turns(session, f"matcher.line {batch.feed} {batch.agency} {batch.area}")


def newest_id(session: Session, batch: Batch) -> str | None:
    """The id of the newest delivery of its line."""
    return session.exec(select(func.max(Batch.id)).where(*line_of(batch))).one()


# In what an upload agrees with one that is open for the same file.
_OF_UPLOAD = (
    "sha256", "bytes", "client_id", "purpose", "mode", "load", "atomicity", "feed_version", "period", "extracted_at",
    "media_type", "expected_rows", "supersedes",
)  # fmt: skip


def same_upload(session: Session, batch: Batch) -> Batch | None:
    """An upload of the same file by the same client, told the same way, that still waits for parts."""
    same = (getattr(Batch, name).is_not_distinct_from(getattr(batch, name)) for name in _OF_UPLOAD)
    waits = (col(Batch.state) == "open", col(Batch.expires_at) > now())
    return session.exec(select(Batch).where(*line_of(batch), *waits, *same).order_by(col(Batch.id)).limit(1)).first()


def last_snapshot(session: Session, batch: Batch) -> Batch | None:
    """The snapshot that counts until `batch` does."""
    of_snapshot = (*line_of(batch), *_counts(), col(Batch.load) == "snapshot", col(Batch.id) < batch.id)
    return session.exec(select(Batch).where(*of_snapshot).order_by(col(Batch.id).desc()).limit(1)).first()


def present_snapshot(session: Session, batch: Batch) -> Batch | None:
    """The snapshot of the line of `batch` that counts now, whether it came before or after."""
    of_snapshot = (*line_of(batch), *_counts(), col(Batch.load) == "snapshot", col(Batch.id) != batch.id)
    return session.exec(select(Batch).where(*of_snapshot).order_by(col(Batch.id).desc()).limit(1)).first()


def overtaken_by(session: Session, batch: Batch) -> str | None:
    """A newer snapshot of its line that counts: whoever comes after it would count no more at once."""
    newer = (col(Batch.load) == "snapshot", *_counts(), col(Batch.id) > batch.id)
    return session.exec(select(Batch.id).where(*line_of(batch), *newer).order_by(col(Batch.id).desc()).limit(1)).first()


def replaced_by(session: Session, batch: Batch) -> list[Batch]:
    """What counted until this snapshot did and is whole: the snapshot before it and the deltas upon that."""
    query = select(Batch).where(col(Batch.superseded_by) == batch.id, col(Batch.state).in_(LINKED))
    return list(session.exec(query.order_by(col(Batch.id))))


def counting_of_line(session: Session, batch: Batch) -> list[Batch]:
    """Linked deliveries of the line of `batch` that count, oldest first, without itself."""
    linked_ = (col(Batch.state).in_(LINKED), col(Batch.superseded_by).is_(None), col(Batch.id) != batch.id)
    return list(session.exec(select(Batch).where(*line_of(batch), *linked_).order_by(col(Batch.id))))


def on_its_way(session: Session, batch: Batch) -> Batch | None:
    """The oldest delivery of the line of `batch`, not itself, that is to count and does not yet."""
    coming = (col(Batch.state).in_((*WAITING, *READY)), col(Batch.mode) == "commit", col(Batch.id) != batch.id)
    return session.exec(select(Batch).where(*line_of(batch), *coming).order_by(col(Batch.id)).limit(1)).first()


@cache  # a worker asks it at every look, and to build it takes longer than to answer it
def its_turn() -> ColumnElement[bool]:
    """Deliveries of a line are read one after the other, so that each meets what came before it: a snapshot waits for
    those being read, and a delta, which says what changed since, also for those a human has yet to decide."""
    before = aliased(Batch)
    line = [getattr(before, name) == getattr(Batch, name) for name in ("feed", "agency", "area")]
    coming = (*line, col(before.id) < col(Batch.id), col(before.mode) == "commit")
    read = exists().where(*coming, col(before.state).in_(WAITING))
    counted = exists().where(*coming, col(before.state).in_(AHEAD))
    return case((col(Batch.load) == "delta", not_(counted)), else_=not_(read))


def waits_for(session: Session, batch: Batch) -> str | None:
    """The delivery before it in its line which this one waits for."""
    if batch.state not in WAITING:
        return None
    states = AHEAD if batch.load == "delta" else WAITING
    ahead = (col(Batch.id) < batch.id, col(Batch.mode) == "commit", col(Batch.state).in_(states))
    return session.exec(select(Batch.id).where(*line_of(batch), *ahead).order_by(col(Batch.id)).limit(1)).first()


def supersede_older(session: Session, batch: Batch) -> None:
    """From now on the older deliveries of this line count no more, where `batch` is a snapshot: it says everything. One
    that came late, after a newer snapshot counts, counts no more itself."""
    older = (*line_of(batch), *_counts(), col(Batch.id) < batch.id)
    if batch.load == "snapshot":
        session.execute(update(Batch).where(*older).values(superseded_by=batch.id, superseded_at=now()))
    newer = (*line_of(batch), col(Batch.state).in_(LINKED), col(Batch.superseded_by).is_(None))
    query = select(Batch.id).where(*newer, col(Batch.load) == "snapshot", col(Batch.id) > batch.id)
    if (late := session.exec(query.order_by(col(Batch.id).desc()).limit(1)).first()) is not None:
        batch.superseded_by, batch.superseded_at = late, now()
        session.add(batch)


def linked(session: Session) -> list[Batch]:
    """All batches whose records are linked, superseded ones too, oldest first."""
    return list(session.exec(select(Batch).where(col(Batch.state).in_(LINKED)).order_by(Batch.id)))


def feeds_that_count(session: Session) -> set[str]:
    """The feeds of which a delivery counts now."""
    return set(session.exec(select(Batch.feed).where(col(Batch.state).in_(LINKED), col(Batch.superseded_by).is_(None))))


def read_since(session: Session, caller: Caller, feed: str, since: datetime, states: tuple[str, ...]) -> list[Batch]:
    """The caller's deliveries of a feed since then that were read, oldest first."""
    query = select(Batch).where(visible(caller), col(Batch.feed) == feed, col(Batch.created_at) >= since)
    return list(session.exec(query.where(col(Batch.state).in_(states)).order_by(col(Batch.id))))


def in_state(session: Session, state: str) -> list[Batch]:
    """Batches in `state`, oldest first, to be moved on: nobody else moves them until the transaction ends."""
    query = select(Batch).where(col(Batch.state) == state).order_by(Batch.id)
    return list(session.exec(query.with_for_update()))


def traces(session: Session, state: str) -> list[str]:
    """Where the deliveries in `state` came in, as far as they were traced, the oldest first."""
    traced = select(Batch.trace).where(col(Batch.state) == state, col(Batch.trace).is_not(None))
    return [one for one in session.exec(traced.order_by(col(Batch.id))) if one]


def to_move(session: Session, batch_id: str) -> Batch:
    """One batch as it is now, to be moved on by the worker that holds the standing row."""
    return session.get_one(Batch, batch_id, with_for_update=True, populate_existing=True)


def set_to_wait(batch: Batch) -> None:
    """Nobody holds it, and no failure makes it pause."""
    batch.attempts, batch.error, batch.leased_by, batch.leased_until = 0, None, None, None


def _pausing() -> ColumnElement[bool]:
    return and_(col(Batch.leased_by).is_(None), taken(Batch))


def due(session: Session, states: tuple[str, ...]) -> list[Batch]:
    """Batches in one of `states`, oldest first, without those that failed a moment ago and pause."""
    query = select(Batch).where(col(Batch.state).in_(states), not_(_pausing()))
    return list(session.exec(query.order_by(Batch.id)))


def any_due(session: Session, states: tuple[str, ...]) -> bool:
    """Whether `due` would give any."""
    return bool(due(session, states))


def any_to_read(session: Session) -> bool:
    """Whether a delivery is about to be read: not one that pauses, nor a delta that waits for somebody's decision."""
    query = select(Batch.id).where(col(Batch.state).in_(WAITING), not_(_pausing()), its_turn())
    return session.exec(query.limit(1)).first() is not None


def newest(session: Session) -> str:
    """Moves whenever a batch becomes one to be read or linked."""
    found = session.execute(select(func.max(Batch.changed_at)).where(col(Batch.state).in_(("sealed", "committed"))))
    return str(found.scalar())


def note_failure(batch: Batch, error: Exception, most: int) -> None:
    """Count a failed attempt: try again later, ever more seldom, and at last set the batch to failed. What passes by
    itself is no failure of the batch: it is waited for, as long as it takes."""
    passing = outage(error)
    batch.leased_by = None
    if passing is not None:
        batch.error, batch.leased_until = passing.code, now() + OUTAGE_PAUSE
        return
    batch.attempts += 1
    batch.error = type(error).__name__
    batch.leased_until = now() + timedelta(seconds=min(600, 2**batch.attempts))
    if batch.attempts >= most:
        batch.state = "failed"
        batch.changed_at = now()


def progress(batch: Batch) -> dict[str, Any]:
    """phase, rows_total, rows_done, rate (rows a second) and eta_s of the present step."""
    rate: float | None = None
    if batch.step_started_at is not None and batch.rows_done:
        seconds = max((now() - batch.step_started_at).total_seconds(), 0.001)
        rate = round(batch.rows_done / seconds, 1)
    left = (batch.rows_total or 0) - batch.rows_done
    return {
        "phase": batch.state,
        "rows_total": batch.rows_total,
        "rows_done": batch.rows_done,
        "rate": rate,
        "eta_s": round(left / rate, 1) if rate and batch.rows_total is not None else None,
    }
