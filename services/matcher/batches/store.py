"""Batches in the database, each query under the caller's scope or, for the worker, under its lease."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_
from sqlmodel import Session, col, select, update

from kit.auth import Caller
from kit.columns import now
from kit.lease import LeaseLost
from kit.problems import NotFound
from kit.scope import within
from matcher.batches.states import LINKED, LIVE
from matcher.batches.tables import Batch

COUNTY_SCOPE = "links:read"  # who answers for the matching sees all agencies' batches of the area


def sees_links(caller: Caller) -> bool:
    """Whether this is the county office that answers for the matching: no other agency is, whatever its scopes."""
    return caller.terms is None and COUNTY_SCOPE in caller.scopes


def visible(caller: Caller) -> ColumnElement[bool]:
    """An agency sees its own deliveries; the county office that answers for the matching sees all of its area."""
    agency = None if sees_links(caller) else Batch.agency
    return within(caller, col(Batch.area), agency)


def find(session: Session, caller: Caller, batch_id: str) -> Batch:
    """One batch. Raises NotFound when absent or not the caller's."""
    batch = session.exec(select(Batch).where(col(Batch.id) == batch_id, visible(caller))).first()
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


def _line_of(batch: Batch) -> tuple[ColumnElement[bool], ...]:
    """Deliveries of the same feed by the same agency for the same area."""
    return (col(Batch.feed) == batch.feed, col(Batch.agency) == batch.agency, col(Batch.area) == batch.area)


def last_delivery(session: Session, batch: Batch) -> Batch | None:
    """The last delivery before `batch` that was not refused, withdrawn, or itself a repetition."""
    states = (*LIVE, "sealed", "validating", "validated", "needs_confirmation")
    query = select(Batch).where(*_line_of(batch), col(Batch.state).in_(states), col(Batch.id) < batch.id)
    return session.exec(query.order_by(col(Batch.id).desc()).limit(1)).first()


def last_snapshot(session: Session, batch: Batch) -> Batch | None:
    """The snapshot that counts until `batch` does."""
    query = select(Batch).where(
        *_line_of(batch),
        col(Batch.load) == "snapshot",
        col(Batch.state).in_(LIVE),
        col(Batch.superseded_by).is_(None),
        col(Batch.id) < batch.id,
    )
    return session.exec(query.order_by(col(Batch.id).desc()).limit(1)).first()


def supersede_older(session: Session, batch: Batch) -> None:
    """From now on the older snapshots of this feed by this agency count no more."""
    if batch.load != "snapshot":
        return
    session.execute(
        update(Batch)
        .where(
            *_line_of(batch),
            col(Batch.load) == "snapshot",
            col(Batch.state).in_(LIVE),
            col(Batch.superseded_by).is_(None),
            col(Batch.id) < batch.id,
        )
        .values(superseded_by=batch.id)
    )


def linked(session: Session) -> list[Batch]:
    """All batches whose records are linked, superseded ones too, oldest first."""
    return list(session.exec(select(Batch).where(col(Batch.state).in_(LINKED)).order_by(Batch.id)))


def in_state(session: Session, state: str) -> list[Batch]:
    """Batches in `state`, oldest first."""
    return list(session.exec(select(Batch).where(col(Batch.state) == state).order_by(Batch.id)))


def due(session: Session, states: tuple[str, ...]) -> list[Batch]:
    """Batches in one of `states`, oldest first, without those that failed a moment ago and pause."""
    pausing = and_(col(Batch.leased_by).is_(None), col(Batch.leased_until) > now())
    query = select(Batch).where(col(Batch.state).in_(states), or_(col(Batch.leased_until).is_(None), not_(pausing)))
    return list(session.exec(query.order_by(Batch.id)))


def any_due(session: Session, states: tuple[str, ...]) -> bool:
    """Whether `due` would give any."""
    return bool(due(session, states))


def newest(session: Session) -> str:
    """Moves whenever a batch becomes one to be read or linked."""
    found = session.execute(select(func.max(Batch.changed_at)).where(col(Batch.state).in_(("sealed", "committed"))))
    return str(found.scalar())


def held(session: Session, batch_id: str, token: int) -> Batch:
    """The batch, when the lease is still ours, locked for this transaction. Raises LeaseLost."""
    query = select(Batch).where(col(Batch.id) == batch_id, col(Batch.fencing_token) == token).with_for_update()
    batch = session.exec(query).first()
    if batch is None:
        raise LeaseLost
    return batch


def note_failure(batch: Batch, code: str, most: int) -> None:
    """Count a failed attempt: try again later, ever more seldom, and at last set the batch to failed."""
    batch.attempts += 1
    batch.error = code
    batch.leased_by = None
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
