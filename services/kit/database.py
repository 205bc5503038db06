"""One database by one URL: SQLite (embedded default) or PostgreSQL (production), and the one commit line.

`transaction` is the only place in the repository that commits; requests, worker steps and the command line
all go through it, so no store function can leave half a change behind.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Executable, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlmodel import Session

SQLITE_BUSY_SECONDS = 60
SQLITE_PRAGMAS = {"journal_mode": "WAL", "synchronous": "NORMAL", "foreign_keys": "ON", "cache_size": "-65536"}
_committed: dict[str, float] = {}  # by address, when this process last did
_WRITES = "doudi_writes"
_ALONE = "doudi_alone"  # a statement that needs no transaction around it


@dataclass(frozen=True)
class Database:
    """An engine that knows how its dialect begins a reading and a writing transaction."""

    url: str
    engine: Engine

    @classmethod
    def open(cls, url: str) -> "Database":
        """Open (for SQLite: create the folder of) the database at `url`; no table is touched."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(url, _open_sqlite(url, parsed.database))
        return cls(url, create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10))

    @cached_property
    def glances(self) -> Engine:
        """The engine for single statements that only look: none begins or ends a transaction, which costs as much."""
        # SQLite's own way to do without is to begin none; SQLAlchemy's would give its driver the transactions back.
        options = {_ALONE: True} if self.dialect == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        return self.engine.execution_options(**options)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    def committed(self) -> float:
        """When this process last committed here (monotonic seconds): what was seen before may be old."""
        return _committed.get(self.url, float("-inf"))

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _open_sqlite(url: str, path: str | None) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling begins too late to be safe; we begin ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    for name, value in SQLITE_PRAGMAS.items():
        cursor.execute(f"PRAGMA {name}={value}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer can fail with "database is locked" without
    # waiting; a writer therefore takes the lock at once and waits its turn.
    options = connection.get_execution_options()
    if not options.get(_ALONE, False):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES, False) else "BEGIN")


@contextmanager
def transaction(database: Database) -> Iterator[Session]:
    """All or nothing: commits when the block ends, rolls back when it raises.

    An error that says of itself that it `keeps` is a refusal with a record of its own: that record is committed too.
    """
    engine = database.engine.execution_options(**{_WRITES: True})
    refused: Exception | None = None
    with Session(engine, expire_on_commit=False) as session:
        try:
            yield session
        except Exception as error:
            if not getattr(error, "keeps", False):
                raise
            refused = error
        session.commit()
        _committed[database.url] = time.monotonic()
        if refused is not None:
            raise refused


def take_turns(session: Session, name: str) -> None:
    """Let only one writer at a time past this point until its transaction ends.

    SQLite's writers already take turns (BEGIN IMMEDIATE); on PostgreSQL a transaction-scoped advisory lock does it.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})


def glance(database: Database, query: Executable) -> Sequence[Any]:
    """The first row, of no values where there is none: for what is asked at every call.

    Without a session, which alone costs twice as much as the rest.
    """
    with database.glances.connect() as connection:
        return connection.execute(query).first() or ()


@contextmanager
def reading(database: Database) -> Iterator[Session]:
    """A consistent read; whatever happened inside is rolled back. Rows that were read stay readable afterwards."""
    with Session(database.engine) as session:
        yield session
        session.expunge_all()  # else the rollback would empty them
        session.rollback()
