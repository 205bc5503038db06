"""Work that one worker holds for a while: a lease with a fencing token on the row itself.

The row is the job. A worker that dies loses its lease by time; one that only slept finds its fencing token
outdated and its write refused, so nothing is done twice. A dead one's lease need not run out where its death is
certain: on the machine it ran on.
"""

import os
import secrets
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import and_, not_, or_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Field, Session, SQLModel, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from kit.columns import Instant, now

# A container's main process has the same number after a restart; this tells the new one from the old.
_LIFE = secrets.token_hex(4)
# No pause lasts longer, nor a lease twice as long as it is asked for: what ends later was set by a clock that has since
# been put right.
LONGEST = timedelta(hours=1)


class LeaseLost(Exception):
    """Another worker holds the row now; what this one did since is rolled back."""


class LeaseColumns(SQLModel):
    """Columns a leased row carries beside `id`, `state` and `created_at`."""

    leased_by: str | None = Field(default=None, max_length=64)
    leased_until: datetime | None = Field(default=None, sa_type=Instant)
    fencing_token: int = Field(default=0)


Row = TypeVar("Row", bound=LeaseColumns)


def me() -> str:
    """This process by name: machine, number, life."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{_LIFE}"


def is_gone(name: str | None) -> bool:
    """Whether the process of that name has certainly ended. One on another machine never has: only time can tell."""
    host, _, rest = (name or "").rpartition(":")[0].rpartition(":")
    if host != socket.gethostname()[:40] or not rest.isdigit():
        return False
    if int(rest) == os.getpid():
        return name != me()
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # it is there and somebody else's
    return False


def claim(  # noqa: PLR0913 - what is claimed by whom, for how long, and how
    session: Session,
    table: type[Row],
    states: Sequence[str],
    worker: str,
    seconds: int,
    *narrowed: ColumnElement[bool],
    idle: bool = False,
) -> Row | None:
    """Take the oldest free row in one of `states` that fits `narrowed` for `seconds`; None when there is none.

    `idle`: whoever bears this name is at none of them just now. Then a row that still bears it is one that could not be
    given back, because the database was away, and is free to it.
    """
    model: Any = table
    query = select(table).where(model.state.in_(states), *narrowed).order_by(model.created_at, model.id)
    return claim_first(session, table, query, worker, seconds, *([col(table.leased_by) == worker] if idle else []))


def taken(table: type[Row], seconds: int = 0) -> ColumnElement[bool]:
    """Rows whose lease of `seconds`, or pause, still lasts."""
    at, longest = now(), max(LONGEST, timedelta(seconds=2 * seconds))
    return and_(col(table.leased_until).is_not(None), col(table.leased_until).between(at, at + longest))


def claim_first(
    session: Session,
    table: type[Row],
    query: SelectOfScalar[Row],
    worker: str,
    seconds: int,
    *free_too: ColumnElement[bool],
) -> Row | None:
    """Take the first free row of `query` for `seconds`; None when there is none.

    Free is also what a process of this machine held that has ended without a word.
    """
    free = or_(not_(taken(table, seconds)), *free_too)
    # PostgreSQL: passes over rows another worker is just taking; SQLite: the write lock does it.
    query = query.with_for_update(skip_locked=True)
    row = session.exec(query.where(free).limit(1)).first()
    if row is None:
        held = session.exec(query.where(col(table.leased_by).is_not(None)))
        row = next((one for one in held if is_gone(one.leased_by)), None)
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


def still_ours(session: Session, table: type[Row], row_id: str, token: int) -> Row:
    """The row, when the lease is still ours, locked for this transaction. Raises LeaseLost."""
    model: Any = table
    query = select(table).where(model.id == row_id, col(table.fencing_token) == token)
    row = session.exec(query.with_for_update()).first()
    if row is None:
        raise LeaseLost
    return row


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
