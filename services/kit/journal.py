"""A hash-chained journal of who did and who saw what: append only, verifiable, one chain per service.

Each entry's hash covers the entry and the hash before it, keyed by the ring; an entry that was changed,
removed or slipped in breaks the chain at its place. Entries hold ids and counts, never a person's data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import sqlalchemy
from sqlalchemy import Insert, Select, Table, insert, text
from sqlmodel import Field, Session, SQLModel, col, select

from kit.columns import Instant, Json, now
from kit.crypto import KeyRing

GENESIS = "0" * 32
LINKED = ("number", "at", "actor", "action", "subject", "purpose", "detail")  # what the chain covers, in this order
PAGE = 1000


@dataclass(frozen=True)
class Entry:
    """What happened: actor (client or account), action, subject id, purpose and details (ids and counts)."""

    actor: str
    action: str
    subject: str | None = None
    purpose: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """How a chain stands: entries checked, and the number of the first broken one (None = sound)."""

    entries: int
    broken_at: int | None


class JournalRow(SQLModel):
    """Columns of a service's journal table; subclass it with `table=True` on the service's own base."""

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Instant)
    actor: str = Field(max_length=64, index=True)
    action: str = Field(max_length=64, index=True)
    subject: str | None = Field(default=None, max_length=64, index=True)
    purpose: str | None = Field(default=None, max_length=64)
    detail: Any = Field(default=None, sa_type=Json)
    chain: str = Field(max_length=32)


def append(session: Session, table: type[JournalRow], ring: KeyRing, entry: Entry) -> None:
    """Add `entry` to the chain within the caller's transaction (writers wait for one another)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": str(table.__tablename__)})
    last, add = _statements(table)
    number, before = session.execute(last).first() or (0, GENESIS)
    values = {"number": number + 1, "at": now(), **vars(entry)}
    session.execute(add, {**values, "chain": _link(ring, values, before)})


@cache
def _statements(table: type[JournalRow]) -> tuple[Select[int, str], Insert]:
    """The last entry's number and chain, and a new entry: an audited read must not cost more than the read."""
    rows: Table = table.__table__  # type: ignore[attr-defined]  # SQLModel does not declare the table it makes
    return sqlalchemy.select(rows.c.number, rows.c.chain).order_by(rows.c.number.desc()).limit(1), insert(rows)


def verify(session: Session, table: type[JournalRow], ring: KeyRing) -> Verdict:
    """Walk the chain from its beginning in pages."""
    before, number = GENESIS, 0
    while True:
        page = session.exec(
            select(table).where(col(table.number) > number).order_by(col(table.number)).limit(PAGE)
        ).all()
        if not page:
            return Verdict(entries=number, broken_at=None)
        for row in page:
            if row.number != number + 1 or row.chain != _link(ring, row.model_dump(), before):
                return Verdict(entries=number, broken_at=number + 1)
            before, number = row.chain, row.number


def _link(ring: KeyRing, values: Mapping[str, Any], before: str) -> str:
    content = [values["at"].isoformat() if name == "at" else values[name] for name in LINKED] + [before]
    return ring.mac(b"journal" + orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
