"""A service's empty, migrated tables: made once per process, copied for every test after it.

Alembic works longer than most tests do. Where a database has something in it already, it works as ever.
"""

import sqlite3
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from kit.database import Database
from kit.migrations import move, upgrade
from tests import postgres


def migrated(database: Database, script_location: str) -> None:
    """Bring an empty database to the newest version of the service whose migrations these are."""
    if database.dialect == "postgresql":
        copied = postgres.migrate(database.url, script_location)
    else:
        copied = _copied(make_url(database.url).database, script_location)
    if not copied:
        upgrade(database, script_location)


def _copied(file: str | None, script_location: str) -> bool:
    """Whether an SQLite file that was not there yet is there now, migrated."""
    if not file or Path(file).exists():
        return False
    Path(file).write_bytes(_made(script_location))
    return True


@dataclass(frozen=True)
class Tables:
    """A whole database with what is in it: an SQLite file's bytes, or the name of a copy on PostgreSQL."""

    kept: bytes | str


def tables_of(url: str) -> Tables:
    """What stands in a database nobody is connected to."""
    file = _file_of(url)
    return Tables(postgres.keep(url) if file is None else _whole(file))


def put_tables(url: str, tables: Tables) -> None:
    """In the place of a database nobody is connected to."""
    if isinstance(tables.kept, str):
        postgres.put(url, tables.kept)
        return
    file = _file_of(url)
    assert file is not None
    for beside in ("-wal", "-shm"):
        Path(f"{file}{beside}").unlink(missing_ok=True)
    file.write_bytes(tables.kept)


def _file_of(url: str) -> Path | None:
    name = make_url(url).database
    return Path(str(name)) if url.startswith("sqlite") else None


def _whole(file: Path) -> bytes:
    """An SQLite file with what stood beside it."""
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file.read_bytes()


def go(connection: Connection, script_location: str, version: str) -> None:
    """To that version of a service's tables, up or down, and commit."""
    move(connection, script_location, version)
    connection.commit()


@cache
def _made(script_location: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "made.db"
        database = Database.open(f"sqlite:///{file}")
        upgrade(database, script_location)
        database.dispose()
        return _whole(file)
