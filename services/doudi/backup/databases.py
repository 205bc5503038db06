"""One database held still at a moment, and copied as it stood then while its service goes on writing.

SQLite: a reading transaction keeps the pages of its moment (WAL); the online backup API copies them. PostgreSQL: an
exported snapshot, by which `pg_dump` reads. Both copies are whole files that any administrator can open without us.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from doudi.defects import Stop

LOCK_SECONDS = 60
# A lead goes out to the registry only once this table says so (matcher/leads/outbox.offer).
OUTBOX = "lead"
VERSION = "SELECT version_num FROM alembic_version"


class Pin(Protocol):
    """A database at a moment."""

    suffix: str

    def ask(self, query: str) -> object:
        """The first value of a query, as it stood then."""

    def bytes(self) -> int:
        """About how large the copy will be."""

    def copy(self, to: Path) -> None:
        """Write the copy."""


class SqlitePin:
    """See the module."""

    suffix = ".db"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on it sees this moment

    def ask(self, query: str) -> object:
        """See Pin."""
        return (self._connection.execute(query).fetchone() or (None,))[0]

    def bytes(self) -> int:
        """See Pin."""
        pages, size = (self._connection.execute(f"PRAGMA {word}").fetchone()[0] for word in ("page_count", "page_size"))
        return int(pages) * int(size)

    def copy(self, to: Path) -> None:
        """See Pin. The copy is one file: it needs no log beside it."""
        with closing(sqlite3.connect(to, isolation_level=None)) as copy:
            self._connection.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")


class PostgresPin:
    """See the module."""

    suffix = ".pgdump"

    def __init__(self, url: URL, connection: Connection) -> None:
        self._url, self._connection = url, connection
        self._snapshot = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())

    def ask(self, query: str) -> object:
        """See Pin."""
        return self._connection.execute(text(query)).scalar()

    def bytes(self) -> int:
        """See Pin: what is compressed is smaller."""
        return int(str(self.ask("SELECT pg_database_size(current_database())")))

    def copy(self, to: Path) -> None:
        """See Pin. Raises Stop."""
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={self._snapshot}")
        postgres("pg_dump", self._url, *options, f"--file={to}")


@contextmanager
def pinned(url: str) -> Iterator[Pin]:
    """The database as it stands now, for the block."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(_connected(parsed)) as connection:
            yield SqlitePin(connection)
        return
    engine = create_engine(url, poolclass=NullPool, isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        yield PostgresPin(parsed, connection)


@contextmanager
def outbox_held(url: str) -> Iterator[None]:
    """While the block runs the matcher offers the registry nothing new. On SQLite it writes nothing at all; both wait a
    moment and go on. Raises Stop where a writer does not end."""
    parsed = make_url(url)
    with ExitStack() as stack:
        try:
            if parsed.get_backend_name() == "sqlite":
                stack.enter_context(closing(_connected(parsed))).execute("BEGIN IMMEDIATE")
            else:
                connection = stack.enter_context(create_engine(url, poolclass=NullPool).connect())
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
                connection.execute(text(f"LOCK TABLE {OUTBOX} IN SHARE MODE"))
        except (sqlite3.OperationalError, OperationalError) as busy:
            raise Stop(f"the matcher's database gave no turn ({type(busy).__name__}): try again in a minute") from None
        yield


def is_empty(url: str) -> bool:
    """Whether there is nothing in the database."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return not Path(str(parsed.database)).exists()
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        query = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        return int(connection.execute(text(query)).scalar_one()) == 0


def put_back(copy: Path, url: str) -> None:
    """A copy into an empty database. Raises Stop where it is of the other kind, or not empty."""
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    if (copy.suffix == SqlitePin.suffix) != sqlite:
        kind = "PostgreSQL" if sqlite else "SQLite"
        raise Stop(f"{copy.name} is of {kind}: name databases of that kind to restore it to")
    if not is_empty(url):
        raise Stop(
            f"the database {parsed.database} is not empty: name a new one (createdb), the old one stays as it is"
        )
    if sqlite:
        path = Path(str(parsed.database))
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(copy, path)
        path.chmod(0o600)
        return
    postgres("pg_restore", parsed, "--exit-on-error", "--no-owner", "--no-privileges", "--single-transaction",
             f"--dbname={parsed.database}", str(copy))  # fmt: skip


def is_intact(url: str) -> list[str]:
    """What SQLite finds wrong with its own pages and references; PostgreSQL's are judged by restoring."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return []
    with closing(_connected(parsed)) as connection:
        said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        lost = [f"{row[0]} → {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")]
    return [*(one for one in said if one != "ok"), *lost]


@contextmanager
def scratch_database(url: str, name: str) -> Iterator[str]:
    """An empty PostgreSQL database beside the one at `url`, gone with the block. Raises Stop where that may not be."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
    except Exception as refused:
        raise Stop(
            f"no scratch database could be made to restore into ({type(refused).__name__}): name a server where that "
            "may be with --scratch postgresql://…, or let this role make databases (ALTER ROLE … CREATEDB)"
        ) from None
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def postgres(program: str, url: URL, *words: str) -> None:
    """One of PostgreSQL's own programs on a database; address and password by the environment, which no process list
    shows. Raises Stop with what it said."""
    found = shutil.which(program) or next(
        iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))[::-1]), None
    )
    if found is None:
        raise Stop(f"{program} is not on this machine: install postgresql-client of the server's version")
    done = subprocess.run(
        [str(found), *words], env={**os.environ, **_place(url)}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise Stop(f"{program} failed: {said[0] if said else done.returncode}")


def _place(url: URL) -> Mapping[str, str]:
    told = {
        "PGHOST": url.host,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": str(url.password) if url.password else None,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("sslmode"),
    }
    return {name: str(value) for name, value in told.items() if value}


def _connected(url: URL) -> sqlite3.Connection:
    path = Path(str(url.database))
    if not path.exists():
        raise Stop(f"there is no database at {path}")
    return sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)
