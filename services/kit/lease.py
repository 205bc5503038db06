"""Work that one worker holds for a while: a lease with a fencing token on the row itself.

The row is the job. A worker that dies loses its lease by time; one that only slept finds its fencing token
outdated and its write refused, so nothing is done twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import or_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Field, Session, SQLModel, col, select, update

from kit.columns import Instant, now


class LeaseLost(Exception):
    """Another worker holds the row now; what this one did since is rolled back."""


class LeaseColumns(SQLModel):
    """Columns a leased row carries beside `id`, `state` and `created_at`."""

    leased_by: str | None = Field(default=None, max_length=64)
    leased_until: datetime | None = Field(default=None, sa_type=Instant)
    fencing_token: int = Field(default=0)


Row = TypeVar("Row", bound=LeaseColumns)


def claim(session: Session, table: type[Row], states: Sequence[str], worker: str, seconds: int) -> Row | None:
    """Take the oldest free row in one of `states` for `seconds`; None when there is none."""
    model: Any = table
    free: ColumnElement[bool] = or_(col(table.leased_until).is_(None), col(table.leased_until) < now())
    query = select(table).where(model.state.in_(states), free).order_by(model.created_at, model.id).limit(1)
    # PostgreSQL: passes over rows another worker is just taking; SQLite: the write lock does it.
    row = session.exec(query.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    row.leased_by = worker
    row.leased_until = now() + timedelta(seconds=seconds)
    row.fencing_token += 1
    session.add(row)
    session.flush()
    return row


def renew(session: Session, table: type[Row], row_id: str, token: int, seconds: int) -> None:
    """Hold on for `seconds` more. Raises LeaseLost when the fencing token is no longer ours."""
    model: Any = table
    statement = (
        update(table)
        .where(model.id == row_id, col(table.fencing_token) == token)
        .values(leased_until=now() + timedelta(seconds=seconds))
    )
    if session.exec(statement).rowcount != 1:
        raise LeaseLost


def release(session: Session, table: type[Row], row_id: str, token: int) -> None:
    """Give the row back. Raises LeaseLost when it was not ours any more."""
    model: Any = table
    statement = (
        update(table)
        .where(model.id == row_id, col(table.fencing_token) == token)
        .values(leased_by=None, leased_until=None)
    )
    if session.exec(statement).rowcount != 1:
        raise LeaseLost
