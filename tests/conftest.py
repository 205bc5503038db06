"""Fixture policy: a test gets fresh, empty, real things (a database, a ring, a service) and owns them.

Databases: SQLite in a temporary folder by default; with TEST_DATABASE_URL set, every test gets a schema of
its own in that PostgreSQL database. Counts: small by default, those the goals state with --soak.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy

from kit.columns import new_id
from kit.crypto import KeyRing

POSTGRES = os.environ.get("TEST_DATABASE_URL", "")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run at the counts the goals state")
    parser.addoption("--bench", action="store_true", help="run the benchmarks")


def pytest_report_header(config: pytest.Config) -> str:
    shared = "found" if shared_county() else "not beside this clone"
    return (
        f"doudi: databases {'postgresql' if POSTGRES else 'sqlite'}"
        f"{', soak' if config.getoption('--soak') else ''}; shared county {shared}"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for word in ("soak", "bench"):
            if item.get_closest_marker(word) and not config.getoption(f"--{word}"):
                item.add_marker(pytest.mark.skip(reason=f"runs with ./run {word}"))


def shared_county() -> Path | None:
    """The sample county, where one stands beside the clone; tests on it are extra."""
    named = os.environ.get("DOUDI_COUNTY")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "county"
    return folder if (folder / "truth_rows.csv").exists() else None


@contextmanager
def fresh_database(folder: Path) -> Iterator[str]:
    """The URL of an empty database of its own, gone when the block ends."""
    if not POSTGRES:
        yield f"sqlite:///{folder}/{new_id()}.db"
        return
    schema = "t" + new_id().replace("-", "")
    admin = sqlalchemy.create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sqlalchemy.text(f'CREATE SCHEMA "{schema}"'))
    joint = "&" if "?" in POSTGRES else "?"
    yield f"{POSTGRES}{joint}options=-csearch_path%3D{schema}"
    with admin.connect() as connection:
        connection.execute(sqlalchemy.text(f'DROP SCHEMA "{schema}" CASCADE'))
    admin.dispose()


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of this test's own."""
    with fresh_database(tmp_path) as url:
        yield url


@pytest.fixture
def other_database_url(tmp_path: Path) -> Iterator[str]:
    """A second empty database, for the other service in a journey."""
    with fresh_database(tmp_path) as url:
        yield url


@pytest.fixture
def ring() -> KeyRing:
    """A key ring gone with the test."""
    return KeyRing.ephemeral()
