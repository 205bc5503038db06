"""A database that is locked or away and a disk that is full are told as what they are; a mistake of ours is not."""

import errno
import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import psycopg
import pytest
from fastapi import APIRouter
from psycopg import errors
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import text

from kit import database as kit_database
from kit.database import Database
from kit.outages import outage
from kit.settings import ServiceSettings
from kit.web import ServiceInfo, Writing, create_service
from tests.asgi import client_of

router = APIRouter()


@router.post("/kept")
def keep(session: Writing) -> dict[str, str]:
    """Write something."""
    session.execute(text("CREATE TABLE IF NOT EXISTS kept (id INTEGER)"))
    return {"state": "kept"}


@router.post("/full")
def fill() -> None:
    """As a write to a full disk ends."""
    raise OSError(errno.ENOSPC, "No space left on device")


@router.post("/broken")
def break_() -> None:
    """A mistake of ours."""
    raise FileNotFoundError(errno.ENOENT, "of somebody")


def served(folder: Path) -> tuple[Database, AbstractContextManager[httpx.Client]]:
    database = Database.open(f"sqlite:///{folder}/one.db")
    info = ServiceInfo("Work", "1", "For tests", "/jobs/v1")
    return database, client_of(create_service(info, ServiceSettings(), {"database": database}, [router]))


def test_a_locked_database_is_waited_for_and_then_told_with_when_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit_database, "SQLITE_BUSY_SECONDS", 0.2)
    database, opened = served(tmp_path)
    with opened as client:
        assert client.post("/jobs/v1/kept").is_success
        other = sqlite3.connect(tmp_path / "one.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        locked = client.post("/jobs/v1/kept", headers={"Accept-Language": "en"})
        other.execute("ROLLBACK")
        other.close()
        assert (locked.status_code, locked.json()["code"]) == (503, "database-away")
        assert locked.headers["retry-after"] == "5"
        assert locked.headers["content-type"] == "application/problem+json"
        assert client.post("/jobs/v1/kept").is_success
    database.dispose()


def test_a_full_disk_is_told_with_the_way_out_and_a_mistake_is_not_taken_for_one(tmp_path: Path) -> None:
    database, opened = served(tmp_path)
    with opened as client:
        full = client.post("/jobs/v1/full")
        assert (full.status_code, full.json()["code"], full.headers["retry-after"]) == (507, "storage-full", "60")
        assert "管理员" in full.json()["detail"]
        with pytest.raises(FileNotFoundError):  # the server's own: answered with 500, and told to the log
            client.post("/jobs/v1/broken")
    database.dispose()


def of_sqlite(code: int) -> DBAPIError:
    cause = sqlite3.OperationalError("what SQLite says")
    cause.sqlite_errorcode = code
    return OperationalError("statement", {}, cause)


def of_postgres(kind: type[psycopg.Error], *, lost: bool = False) -> DBAPIError:
    return DBAPIError("statement", {}, kind("what PostgreSQL says"), connection_invalidated=lost)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (of_sqlite(sqlite3.SQLITE_BUSY), "database-away"),
        (of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), "database-away"),
        (of_sqlite(sqlite3.SQLITE_IOERR_WRITE), "database-away"),
        (of_sqlite(sqlite3.SQLITE_FULL), "storage-full"),
        (of_sqlite(sqlite3.SQLITE_ERROR), None),  # no such table
        (of_postgres(psycopg.OperationalError), "database-away"),  # nobody answers at the address
        (of_postgres(errors.AdminShutdown, lost=True), "database-away"),
        (of_postgres(psycopg.InterfaceError, lost=True), "database-away"),
        (of_postgres(errors.LockNotAvailable), "database-away"),
        (of_postgres(errors.TooManyConnections), "database-away"),
        (of_postgres(errors.DiskFull), "storage-full"),
        (of_postgres(errors.UndefinedTable), None),
        (IntegrityError("statement", {}, errors.UniqueViolation("twice")), None),
        (NoConnectionFree("all are lent"), "database-away"),
        (OSError(errno.EFBIG, "too large"), "storage-full"),
        (OSError(errno.EACCES, "not allowed"), None),
        (ValueError("no"), None),
    ],
    ids=str,
)
def test_what_passes_by_itself(error: Exception, code: str | None) -> None:
    found = outage(error)
    assert (found.code if found else None) == code
