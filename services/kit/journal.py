"""A hash-chained journal of who did and who saw what: append only, verifiable, one chain per service.

Two chains in one. Each entry's `digest` covers the entry and the digest before it and can be recomputed by anybody;
signed checkpoints over it (kit/checkpoints.py) are kept elsewhere, so that not even the end can be cut off unseen.
Its `chain` is a keyed proof of that digest, which nobody makes who has only the database. Entries hold ids and
counts, never a person's data. Verifying reads the bytes as they stand: a value that no longer parses is found too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

import orjson
import sqlalchemy
from sqlalchemy import Connection, Insert, LargeBinary, Select, Table, Text, cast, insert, text, type_coerce
from sqlmodel import Field, Session, SQLModel, col, select

from kit.columns import Instant, Json, as_stored, now
from kit.crypto import KeyProblem, KeyRing
from kit.proof import FIELDS, GENESIS, Verdict, Walk, digest

PAGE = 1000
AT_ONCE = 100  # entries given to the database at once; one may name a thousand people
FIRST_CHAIN_LETTERS = 32  # of the first version, which chained by the keyed proof itself
FIRST_GENESIS = "0" * FIRST_CHAIN_LETTERS


@dataclass(frozen=True)
class Entry:
    """What happened: actor (client or account), action, subject id, purpose and details (ids and counts)."""

    actor: str
    action: str
    subject: str | None = None
    purpose: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


class JournalRow(SQLModel):
    """Columns of a service's journal table; subclass it with `table=True` on the service's own base."""

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Instant)
    actor: str = Field(max_length=64, index=True)
    action: str = Field(max_length=64, index=True)
    subject: str | None = Field(default=None, max_length=64, index=True)
    purpose: str | None = Field(default=None, max_length=64)
    detail: Any = Field(default=None, sa_type=Json)
    digest: str = Field(max_length=64)
    chain: str = Field(max_length=64)


@dataclass(frozen=True)
class Raw:
    """An entry as its bytes stand in the table; `values` is None where they are no text or no time any more."""

    number: int
    values: list[str | int | None] | None
    digest: str | None
    chain: str | None


def wait_for_writers(session: Session, table: type[JournalRow]) -> None:
    """One writer at a time until its transaction ends (SQLite's writers take turns anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": str(table.__tablename__)})


def append(session: Session, table: type[JournalRow], ring: KeyRing, entry: Entry) -> None:
    """Add `entry` to the chain within the caller's transaction (writers wait for one another)."""
    append_all(session, table, ring, (entry,))


def append_all(session: Session, table: type[JournalRow], ring: KeyRing, entries: Iterable[Entry]) -> None:
    """Add each to the chain, one after the other, as `append` would: the same bytes, with one look at the chain's end
    for all."""
    wait_for_writers(session, table)
    last, add = _statements(table)
    number, before = session.execute(last).first() or (0, GENESIS)
    at_once = iter(entries)
    while some := list(islice(at_once, AT_ONCE)):
        rows: list[dict[str, Any]] = []
        for one in some:
            number, at, told = number + 1, now(), as_stored(one.detail)
            before = digest(before, [number, _moment(at), one.actor, one.action, one.subject, one.purpose, told])
            chain = ring.tag(_tagged(before))
            rows.append({"number": number, "at": at, **vars(one), "digest": before, "chain": chain})
        session.execute(add, rows)


@cache
def _statements(table: type[JournalRow]) -> tuple[Select[int, str], Insert]:
    """The last entry's number and digest, and a new entry: an audited read must not cost more than the read."""
    rows: Table = table.__table__  # type: ignore[attr-defined]  # SQLModel does not declare the table it makes
    return sqlalchemy.select(rows.c.number, rows.c.digest).order_by(rows.c.number.desc()).limit(1), insert(rows)


def last_entry(session: Session, table: type[JournalRow]) -> JournalRow | None:
    """The newest entry."""
    return session.exec(select(table).order_by(col(table.number).desc()).limit(1)).first()


def verify(session: Session, table: type[JournalRow], ring: KeyRing, walk: Walk) -> Verdict:
    """Walk the chain from its beginning in pages, also by the keyed proofs."""
    before = FIRST_GENESIS
    for raw in raw_entries(session.connection(), table):
        if raw.values is None:
            return walk.wrong()
        found = walk.take(raw.values, raw.digest, owned=_ours(ring, raw, before))
        if found is not None:
            return found
        before = raw.chain or ""
    return walk.end()


def raw_entries(connection: Connection, table: type[JournalRow]) -> Iterator[Raw]:
    """Every entry as it stands, whatever became of it, in the order of the numbers."""
    after: int | None = None
    while True:
        query = select(col(table.number), *_columns(connection, table)).order_by(col(table.number)).limit(PAGE)
        page = connection.execute(query if after is None else query.where(col(table.number) > after)).all()
        for row in page:
            yield _raw(row)
        if len(page) < PAGE:
            return
        after = page[-1][0]


def exported(connection: Connection, table: type[JournalRow]) -> Iterator[bytes]:
    """Lines for the stand-alone verifier (kit/proof.py)."""
    for raw in raw_entries(connection, table):
        values = raw.values or [raw.number, *[None] * (len(FIELDS) - 1)]
        yield orjson.dumps({**dict(zip(FIELDS, values, strict=True)), "digest": raw.digest}) + b"\n"


def prove_first_entries(connection: Connection, table: type[JournalRow]) -> None:
    """Write the digests entries of the first version lack (migrations)."""
    before = GENESIS
    for raw in list(raw_entries(connection, table)):
        before = digest(before, raw.values or [])
        statement = text(f"UPDATE {table.__tablename__} SET digest = :digest WHERE number = :number")  # noqa: S608 - our own table's name
        connection.execute(statement, {"digest": before, "number": raw.number})


def _columns(connection: Connection, table: type[JournalRow]) -> list[Any]:
    """SQLite keeps whatever bytes a hand puts there, and its driver stumbles over those that are no text."""
    names = (*FIELDS[1:], "digest", "chain")
    if connection.dialect.name == "sqlite":
        return [cast(getattr(table, name), LargeBinary) for name in names]
    return [type_coerce(table.detail, Text) if name == "detail" else getattr(table, name) for name in names]


def _raw(row: Sequence[Any]) -> Raw:
    number, at, *texts = row
    try:
        *values, stated, chain = [one.decode() if isinstance(one, bytes) else one for one in texts]
        return Raw(
            number, [number, _moment(at if isinstance(at, datetime) else _read_moment(at)), *values], stated, chain
        )
    except ValueError:
        return Raw(number, None, None, None)


def _read_moment(kept: bytes) -> datetime:
    """SQLite's text as it was written, and nothing that only reads like it."""
    given = kept.decode()
    read = datetime.fromisoformat(given)
    if read.tzinfo is not None or read.isoformat(sep=" ", timespec="microseconds") != given:
        raise ValueError
    return read


def _moment(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _tagged(found: str) -> bytes:
    return b"journal" + found.encode()


def _ours(ring: KeyRing, raw: Raw, before: str) -> bool:
    chain = raw.chain or ""
    try:
        if len(chain) == FIRST_CHAIN_LETTERS:
            return chain == _first_link(ring, raw, before)
        return ring.tagged(chain, _tagged(raw.digest or ""))
    except (KeyProblem, ValueError):
        return False


def _first_link(ring: KeyRing, raw: Raw, before: str) -> str:
    """The keyed chain as the first version made it."""
    number, at, actor, action, subject, purpose, detail = raw.values or []
    moment = datetime.fromisoformat(str(at)).isoformat()
    content = [number, moment, actor, action, subject, purpose, orjson.loads(str(detail)), before]
    return ring.mac(b"journal" + orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
