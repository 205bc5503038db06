"""What passes by itself and is nobody's mistake: a database that is locked or away, a disk that is full.

A request is answered with when to come back; a worker waits and tries again, as often as it takes.
"""

import errno
import sqlite3
from typing import ClassVar

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from kit.problems import Problem


class DatabaseAway(Problem):
    status, code = 503, "database-away"
    zh = "数据库暂时忙或不可用，没有保存任何内容。请稍后以同一个 Idempotency-Key 重试。"
    en = "The database is busy or away; nothing was kept. Try again later with the same Idempotency-Key."
    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}


class StorageFull(Problem):
    status, code = 507, "storage-full"
    zh = "服务器存储空间已满，没有保存任何内容。请通知管理员腾出空间，之后以同一个 Idempotency-Key 重试。"
    en = "The server's storage is full; nothing was kept. Tell the administrator, then retry with the same key."
    headers: ClassVar[dict[str, str]] = {"Retry-After": "60"}


OUTAGES = (DatabaseAway, StorageFull)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# SQLite's primary result codes; the extended ones hold them in their low byte.
_FULL, _AWAY = sqlite3.SQLITE_FULL, frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY,
})  # fmt: skip
# PostgreSQL: classes of connections, resources and operators, and locks that were not to be had.
_CLASSES, _STATES, _DISK_FULL = ("08", "53", "57"), frozenset({"40001", "40P01", "55P03", "58030"}), "53100"


def outage(error: BaseException) -> Problem | None:
    """What a caller is told of it; None for anything that would be the same when tried again."""
    if isinstance(error, OSError):
        return StorageFull() if error.errno in _NO_ROOM else None
    if isinstance(error, NoConnectionFree):
        return DatabaseAway()
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    if isinstance(cause, psycopg.Error):
        lost = error.connection_invalidated or type(cause) is psycopg.OperationalError
        return _of_postgres(cause.sqlstate, lost=lost)
    return None


def _of_sqlite(code: int) -> Problem | None:
    if code == _FULL:
        return StorageFull()
    return DatabaseAway() if code in _AWAY else None


def _of_postgres(state: str | None, *, lost: bool) -> Problem | None:
    if state is None:
        return DatabaseAway() if lost else None
    if state == _DISK_FULL:
        return StorageFull()
    return DatabaseAway() if state.startswith(_CLASSES) or state in _STATES else None
