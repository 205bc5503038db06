"""The database locked or gone, the disk full, while a delivery comes in and is worked on: whoever asks is told when to
come back, the worker waits, and afterwards all is there, once."""

import random
import resource
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import sqlalchemy
from sqlmodel import col, select

from kit.database import reading
from matcher.batches.tables import Batch, BatchPart
from tests.conftest import POSTGRES
from tests.faults.conftest import Peace
from tests.faults.intake import FEEDS_SENT, PART_BYTES, Ground, Intake, Sender, until

FEED = FEEDS_SENT[0]
SECONDS, SECONDS_SOAKED = 2.0, 30.0
RUNS_SOAKED = 5
BUSY_SECONDS = 0.5  # of SQLite's own waiting, so that an outage of seconds is one
SMALL, WHOLE = 100, 1_000_000  # bytes of a part: in very many, in one call
DISK_BYTES, LEFT_BYTES = 64_000_000, 9_000
WRITES = {"open", "part", "seal"}
FEWEST_WRITES = 10  # of a delivery in so many parts
FIRST_WRITES = 2  # the upload is opened, and its first part sent
GIVEN_UP_MS = 200  # long before PostgreSQL looks for deadlocks (1 s)
LIMIT_BYTES = 4096  # of any file, under which the sealed delivery is not to be written
SEVERAL = [0, *(pytest.param(run, marks=pytest.mark.soak) for run in range(1, RUNS_SOAKED))]
Outage = Callable[[Intake], "contextmanager[None]"]


@pytest.fixture
def seconds(request: pytest.FixtureRequest) -> float:
    """How long an outage lasts."""
    return SECONDS_SOAKED if request.config.getoption("--soak") else SECONDS


@contextmanager
def locked(intake: Intake) -> Iterator[None]:
    """Another process holds both databases for the block, and lets nobody write (SQLite) or look (PostgreSQL)."""
    with ExitStack() as stack:
        for url in (intake.home.registry_settings().database_url, intake.home.matcher_settings().database_url):
            if not POSTGRES:
                other = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60, isolation_level=None)
                stack.callback(other.close)
                other.execute("BEGIN EXCLUSIVE")
                stack.callback(other.execute, "ROLLBACK")
                continue
            engine = sqlalchemy.create_engine(url)
            stack.callback(engine.dispose)
            _lock_all(stack.enter_context(engine.connect()))
        yield


def _lock_all(connection: sqlalchemy.Connection) -> None:
    """Every table, held until the connection is closed. Given up and begun anew before it may come to a deadlock with
    the services, who take the same tables in another order."""
    names = ", ".join(f'"{table}"' for table in sqlalchemy.inspect(connection).get_table_names())
    connection.rollback()

    def tried() -> bool:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{GIVEN_UP_MS}ms'")
        try:
            connection.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
        except sqlalchemy.exc.OperationalError:
            connection.rollback()
            return False
        return True

    until(tried, "every table is locked")


@contextmanager
def gone(intake: Intake) -> Iterator[None]:
    """Whoever connects to the databases (PostgreSQL) is thrown out at once, as while the server is started anew."""
    databases = [
        sqlalchemy.make_url(url).database
        for url in (intake.home.registry_settings().database_url, intake.home.matcher_settings().database_url)
    ]
    engine = sqlalchemy.create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    throw_out = sqlalchemy.text(
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
        "WHERE datname = ANY(:databases) AND relation >= :first_of_ours"  # below are PostgreSQL's own tables
    )
    over = threading.Event()

    def guard() -> None:
        with engine.connect() as connection:
            while not over.is_set():
                connection.execute(throw_out, {"databases": databases, "first_of_ours": 16384})
                time.sleep(0.001)

    thread = threading.Thread(target=guard, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        engine.dispose()


def met(intake: Intake) -> set[tuple[int, str | None]]:
    """What senders were refused with, and when they were told to come back; each as a problem, none by our mistake."""
    every = [one for client in intake.clients.values() for one in client.refusals]
    assert {kind for _, kind, _ in every} <= {"application/problem+json"}
    assert intake.said("request_failed", "web") == []
    return {(status, after) for status, _, after in every}


@pytest.mark.parametrize("run", SEVERAL)
@pytest.mark.parametrize("outage", [locked, gone] if POSTGRES else [locked], ids=lambda one: one.__name__)
@pytest.mark.parametrize("when", ["coming in", "worked on"])
def test_the_database_is_away_for_a_while(
    *, when: str, outage: Outage, run: int, ground: Ground, peace: Peace, tmp_path: Path, seconds: float
) -> None:
    rng = random.Random(f"{run} {when}")
    with ground.intake(tmp_path / "home", busy_seconds=BUSY_SECONDS) as intake:
        thread = threading.Thread(target=intake.deliver, args=(FEED,))
        begun = held_back(intake.sender(FEED), rng.randrange(FEWEST_WRITES))
        if when == "coming in":
            thread.start()
        else:
            begun.set()
            intake.deliver(FEED)
            time.sleep(rng.uniform(0, sum(peace.seconds.values()) / 2))
        with outage(intake):
            begun.set()
            if when == "coming in" and (
                outage is gone or not POSTGRES
            ):  # who waits for PostgreSQL's locks gets through
                until(lambda: (503, "5") in met(intake), "it is told")
            time.sleep(seconds)
        if when == "coming in":
            thread.join()
        intake.until_quiet()
        assert intake.ended() == peace.one
        assert met(intake) <= {(503, "5"), (409, "2")}


def held_back(sender: Sender, calls: int) -> threading.Event:
    """After so many of its own writing calls the sender waits until the event is set."""
    begun, done = threading.Event(), iter(range(1_000_000))

    def wait(_: object) -> None:
        if sender.asking in WRITES and next(done) >= calls:
            assert begun.wait(60)

    sender.http.event_hooks["request"].append(wait)
    return begun


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """`folder` is a disk of its own for the block."""
    folder.mkdir(parents=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("a small disk is a mounted tmpfs, and this process may not mount; see the test by file size")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(intake: Intake, left: int) -> Iterator[None]:
    """The disk has but `left` bytes for the block."""
    filler = intake.home.data / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            file.truncate(max(0, file.tell() - left))
    try:
        yield
    finally:
        filler.unlink()


def parts_of(intake: Intake) -> list[BatchPart]:
    """The parts that count."""
    with intake.database() as database, reading(database) as session:
        return list(session.exec(select(BatchPart)))


def acknowledged(intake: Intake) -> None:
    """Every part that counts is on disk whole, and none is there by half."""
    folder = intake.home.matcher_settings().data_dir
    for part in parts_of(intake):
        (file,) = (folder / "batches" / part.batch_id).glob(f"part-{part.number:06d}-{part.sha256}.sealed")
        assert file.stat().st_size > part.bytes
    until(
        lambda: not list(folder.rglob("*.part")), "what could not be written is gone, but for what is just being tried"
    )


def states(intake: Intake) -> set[str]:
    """Of all deliveries."""
    with intake.database() as database, reading(database) as session:
        return set(session.exec(select(Batch.state).where(col(Batch.state) != "unchanged")))


@pytest.mark.same_anywhere
@pytest.mark.parametrize("run", SEVERAL)
@pytest.mark.parametrize("when", ["coming in", "worked on"])
def test_the_disk_is_full_for_a_while(
    *, when: str, run: int, ground: Ground, peace: Peace, tmp_path: Path, seconds: float
) -> None:
    rng = random.Random(f"{run} {when} full")
    with ground.intake(tmp_path / "home", disk=small_disk) as intake:
        if when == "coming in":
            small = run % 2 == 0  # in so many parts that the disk is full before the last, or in one call
            thread = threading.Thread(target=intake.deliver, args=(FEED, SMALL if small else WHOLE))
            with ExitStack() as stack:
                if small:
                    begun = held_back(intake.sender(FEED), FIRST_WRITES)
                    thread.start()
                    until(lambda: parts_of(intake), "the first part is there")
                stack.enter_context(full(intake, rng.randrange(LEFT_BYTES)))
                if small:
                    begun.set()
                else:
                    thread.start()
                until(lambda: any(one[0] == 507 for one in intake.sender(FEED).refusals), "it is told")
                time.sleep(seconds)
                acknowledged(intake)
            thread.join()
        else:
            intake.deliver(FEED)
            time.sleep(rng.uniform(0, sum(peace.seconds.values()) / 2))
            with full(intake, rng.randrange(LEFT_BYTES)):
                time.sleep(seconds)
                assert states(intake).isdisjoint({"failed", "rejected"})
        intake.until_quiet()
        acknowledged(intake)
        assert intake.ended() == peace.one
        assert met(intake) <= {(507, "60"), (503, "5"), (409, "2")}


@pytest.mark.same_anywhere
@pytest.mark.parametrize("run", SEVERAL)
def test_no_file_may_grow_for_a_while(run: int, ground: Ground, peace: Peace, tmp_path: Path, seconds: float) -> None:
    """The same where nobody may mount: the system refuses every byte of a file beyond a few thousand."""
    with ground.intake(tmp_path / "home") as intake:
        for pid in intake.mortal.pids.values():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (LIMIT_BYTES, resource.RLIM_INFINITY))
        thread = threading.Thread(target=intake.deliver, args=(FEED, WHOLE if run % 2 == 0 else PART_BYTES))
        thread.start()
        until(lambda: intake.sender(FEED).refusals, "it is told")
        time.sleep(seconds)
        acknowledged(intake)
        for pid in intake.mortal.pids.values():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        thread.join()
        intake.until_quiet()
        acknowledged(intake)
        assert intake.ended() == peace.one
        assert met(intake) <= {(507, "60"), (503, "5"), (409, "2")}
