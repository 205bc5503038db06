"""Statements are compiled once per process, not once per database.

A test has databases of its own, so it has engines of its own, and each would turn the same statements into SQL anew:
an eighth of what a test of the matcher takes, more of one of the registry. SQLAlchemy finds what it compiled by the
statement and the dialect; here all dialects of a kind are one, which they are: one SQLite, one PostgreSQL server.
"""

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_KINDS = (SQLiteDialect_pysqlite, PGDialect_psycopg)
_compiled: dict[type, LRUCache[Any, Any]] = {kind: LRUCache(5000) for kind in _KINDS}


def share() -> None:
    """From now on, for every engine of this process."""
    for kind in _KINDS:
        kind.__eq__ = _same_kind  # type: ignore[method-assign,assignment]  # told apart by identity, they would share nothing
        kind.__hash__ = _of_kind  # type: ignore[method-assign,assignment]  # as above
    event.listen(Engine, "engine_connect", _with_shared)


def _with_shared(connection: Connection) -> None:
    known = _compiled.get(type(connection.dialect))
    if known is not None:
        connection.engine._compiled_cache = known


def _same_kind(one: object, other: object) -> bool:
    return type(one) is type(other)


def _of_kind(one: object) -> int:
    return hash(type(one))
