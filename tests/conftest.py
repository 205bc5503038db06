"""Fixture policy: a test gets fresh, empty, real things (a database, a ring, a service) and owns them.

Databases: SQLite in a temporary folder by default; with TEST_DATABASE_URL set, every test gets one of its own on that
PostgreSQL, and only tests that open one run (decision 0116). Counts: small by default, with --soak those the goals
state.
"""

import gc
import os
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from kit.columns import new_id
from kit.crypto import KeyRing
from tests import compiled, examples, postgres, sparing, thorough
from tests.receiver import Receiver, receiving

POSTGRES = postgres.URL
OPENED_BY = {"databases", "database_url", "other_database_url"}
_running: list[pytest.Item] = []  # the test at hand


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run at the counts the goals state")
    parser.addoption("--thorough", action="store_true", help="run also what takes longest, as .ci/run does")
    parser.addoption("--stack", action="store_true", help="run only what stands on a whole stack (doudi/stack)")
    parser.addoption("--bench", action="store_true", help="run the benchmarks")


examples.register()
compiled.share()


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile(examples.SOAK if config.getoption("--soak") else examples.SUITE)
    if not config.getoption("--bench"):
        sparing.begin()
    # A worker of xdist has no main file, which Spark's client takes for a run of its own doctests.
    vars(sys.modules["__main__"]).setdefault("__file__", __file__)
    gc.set_threshold(50_000)  # what is imported stays: to look through it for garbage is a part of every test's time


def pytest_collection_finish() -> None:
    gc.freeze()


def pytest_sessionfinish() -> None:
    if POSTGRES:
        postgres.forget()


def pytest_report_header(config: pytest.Config) -> str:
    shared = "found" if shared_county() else "not beside this clone"
    return (
        f"doudi: databases {'postgresql' if POSTGRES else 'sqlite'}"
        f"{', soak' if config.getoption('--soak') else ''}; shared county {shared}"
        f"{'; without what takes longest (--thorough runs it)' if thorough.leaves_out(config) else ''}"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for word in ("soak", "bench"):
            if item.get_closest_marker(word) and not config.getoption(f"--{word}"):
                item.add_marker(pytest.mark.skip(reason=f"runs with ./run {word}"))
        stack = item.get_closest_marker("stack")
        asked = any(map(config.getoption, ("--soak", "--stack")))
        if stack is not None and not stack.kwargs.get("always") and not asked:
            item.add_marker(pytest.mark.skip(reason="runs with ./run soak, or by --stack"))
    if config.getoption("--stack"):
        _leave_out(config, items, {item for item in items if not item.get_closest_marker("stack")})
    _leave_out(config, items, thorough.left_out(config, items))
    if POSTGRES:
        _leave_out(config, items, {item for item in items if not differs(item, soak=config.getoption("--soak"))})
    if hasattr(config, "workerinput"):  # several processes: one file, one process
        items.sort(key=thorough.place)


def _leave_out(config: pytest.Config, items: list[pytest.Item], those: set[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=list(those))
    items[:] = [item for item in items if item not in those]


def opens_databases(item: pytest.Item) -> bool:
    """Whether a test may open a database: it asks for one, by a fixture, itself or through others."""
    return not OPENED_BY.isdisjoint(getattr(item, "fixturenames", ()))


def differs(item: pytest.Item, *, soak: bool) -> bool:
    """Whether a test could come out otherwise on PostgreSQL than on SQLite, where all of them run. A stack has a
    cluster of its own wherever it runs."""
    if item.get_closest_marker("stack") is not None:
        return False
    return opens_databases(item) and (soak or item.get_closest_marker("same_anywhere") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    _running[:] = [item]
    return (yield)


def shared_county() -> Path | None:
    """The sample county, where one stands beside the clone; tests on it are extra."""
    named = os.environ.get("DOUDI_COUNTY")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "county"
    return folder if (folder / "truth_rows.csv").exists() else None


@contextmanager
def fresh_database(folder: Path) -> Iterator[str]:
    """The URL of an empty database of its own, gone when the block ends. Only for who asks by a fixture (`databases`):
    by that it is known, before anything runs, what is to run on PostgreSQL."""
    assert all(opens_databases(item) for item in _running), (
        "a test or fixture that opens databases asks for `databases`"
    )
    if not POSTGRES:
        yield f"sqlite:///{folder}/{new_id()}.db"
        return
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def databases() -> None:
    """Asked for by whatever opens databases by `fresh_database`."""


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


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who is woken by webhooks, gone with the test."""
    with receiving() as made:
        yield made
