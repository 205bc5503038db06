"""Several workers over one queue, one of them killed, one of them asleep for longer than its lease: each delivery is
worked on once, none stands still, and who slept writes nothing."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from kit.database import reading, transaction
from matcher.batches.tables import Batch
from matcher.people.tables import STANDING, Standing
from tests.faults.blows import LIFE, STATES
from tests.faults.conftest import Peace
from tests.faults.intake import FEEDS_SENT, Ground, Intake, until

WORKERS = ("worker", "worker 2", "worker 3")
LEASE = {"DOUDI_MATCHER_LEASE_SECONDS": "5"}  # the shortest there is
STEPS = {"DOUDI_MATCHER_CHUNK_ROWS": "1"}  # as many as there can be, so that a quick machine can be stopped at one
RUNS_SOAKED = 10
BEYOND = "beyond"


def deliver_all(intake: Intake) -> None:
    """Every feed at once, each by its own thread."""
    threads = [threading.Thread(target=intake.deliver, args=(feed,)) for feed in FEEDS_SENT]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def claims(intake: Intake) -> dict[str, int]:
    """How often each delivery was taken up to be read."""
    with intake.database() as database, reading(database) as session:
        return {batch.feed: batch.fencing_token for batch in session.exec(select(Batch))}


@pytest.mark.parametrize("run", [0, *(pytest.param(run, marks=pytest.mark.soak) for run in range(1, RUNS_SOAKED))])
def test_three_workers_read_each_delivery_once(run: int, ground: Ground, peace: Peace, tmp_path: Path) -> None:
    with ground.intake(tmp_path / "home", ("web", *WORKERS)) as intake:
        deliver_all(intake)
        intake.until_quiet()
        assert intake.ended() == peace.all
        assert claims(intake) == dict.fromkeys(FEEDS_SENT, 1)
        read = Counter(one["feed"] for one in intake.said("batch_read", *WORKERS))
        assert read == dict.fromkeys(FEEDS_SENT, 1)
        assert intake.said("lease_lost", *WORKERS) == []


@pytest.mark.parametrize("run", [0, *(pytest.param(run, marks=pytest.mark.soak) for run in range(1, RUNS_SOAKED))])
def test_one_of_three_workers_is_killed_again_and_again(run: int, ground: Ground, peace: Peace, tmp_path: Path) -> None:
    rng = random.Random(run)
    with ground.intake(tmp_path / "home", ("web", *WORKERS)) as intake:
        thread = threading.Thread(target=deliver_all, args=(intake,))
        thread.start()
        for _ in range(4):
            time.sleep(rng.uniform(0, sum(peace.seconds[state] for state in STATES) / 2))
            role = rng.choice(WORKERS)
            intake.mortal.kill(role)
            intake.mortal.revive(role)
        thread.join()
        intake.until_quiet()
        assert intake.ended() == peace.all


def holder(intake: Intake, state: str) -> str:
    """Which worker is just at a delivery in that state; empty when nobody is."""
    with intake.database() as database, reading(database) as session:
        batch = session.exec(select(Batch).where(col(Batch.state) == state)).first()
        if batch is None:
            return ""
        name = batch.leased_by if state == "validating" else session.get_one(Standing, STANDING).leased_by
    pids = {str(pid): role for role, pid in intake.mortal.pids.items()}
    return pids.get(name.split(":")[1], "") if name else ""


def gone_beyond(intake: Intake, state: str) -> str:
    """BEYOND where the delivery is past that state."""
    with intake.database() as database, reading(database) as session:
        now = session.exec(select(Batch.state)).one()
    return BEYOND if LIFE.index(now) > LIFE.index(state) else ""


@contextmanager
def asleep(intake: Intake, role: str) -> Iterator[bool]:
    """That worker is stopped for the block, if it was in no transaction just then (whose locks nobody else could have
    broken); gives whether it was not."""
    pid = intake.mortal.pids[role]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield _free(intake)
    finally:
        os.kill(pid, signal.SIGCONT)


def _free(intake: Intake) -> bool:
    """Whether nobody holds a lock in the matcher's database."""
    with intake.database() as database:
        waits = "PRAGMA busy_timeout=0" if database.dialect == "sqlite" else "SET lock_timeout='50ms'"
        with database.engine.connect() as connection:
            connection.exec_driver_sql(waits)
            connection.rollback()
        try:
            with transaction(database) as session:
                session.connection().exec_driver_sql(waits)
                session.exec(select(Standing).with_for_update()).all()
                session.exec(select(Batch).with_for_update()).all()
        except DBAPIError:
            return False
        return True


def sleep_at(intake: Intake, state: str, share: float) -> str:
    """Stop whoever is at that state, some way into it, until the delivery is published without it; who it was. Empty
    where the delivery had gone on before anybody could be stopped."""
    while True:
        role = until(lambda: holder(intake, state) or gone_beyond(intake, state), state)
        if role == BEYOND:
            return ""
        time.sleep(share)
        with asleep(intake, role) as free:
            if free and holder(intake, state) == role:
                intake.until_quiet()
                return role
        time.sleep(0.003)


@pytest.mark.parametrize("state", [STATES[0], *(pytest.param(state, marks=pytest.mark.soak) for state in STATES[1:])])
def test_a_worker_that_slept_through_its_lease_writes_nothing(
    state: str, ground: Ground, peace: Peace, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    soak = request.config.getoption("--soak")
    slept = run = 0
    while slept < (3 if soak else 1):
        assert run < 12, "nobody could be stopped in time"
        share = random.Random(f"{run} {state}").uniform(0, peace.seconds[state] / 2)
        with ground.intake(tmp_path / f"{run}", ("web", *WORKERS[:2]), environment={**LEASE, **STEPS}) as intake:
            intake.deliver(FEEDS_SENT[0])
            run += 1
            role = sleep_at(intake, state, share)
            if not role:
                continue
            slept += 1
            ended = intake.ended()
            until(lambda intake=intake, role=role: intake.said("lease_lost", role), "it finds its lease lost")
            intake.until_quiet()
            assert ended == peace.one
            assert intake.ended() == ended
