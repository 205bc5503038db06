"""The clock is set while deliveries come in and are worked on: hours and days ahead, back, and ahead again. Nothing is
stolen from who is at it, nothing waits for a time that will not come, and what came later still replaces what came
before."""

import random
import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from doudi.agency import Refused
from kit.database import reading
from matcher.batches.tables import Batch
from tests.faults.clock import set_clock
from tests.faults.conftest import Peace
from tests.faults.intake import FEEDS_SENT, Ground, Intake

FEED = FEEDS_SENT[0]
HOUR, DAY = 3600.0, 86_400.0
# Together within the hours an upload may stand open: one that expired would be begun anew, and be there twice.
JUMPS = (0.0, 10.0, -10.0, HOUR, -HOUR, 6 * HOUR, -6 * HOUR, DAY, -DAY, 1.5 * DAY, -1.3 * DAY)
RUNS_SOAKED, SETTINGS = 12, 6
SEVERAL = [0, *(pytest.param(run, marks=pytest.mark.soak) for run in range(1, RUNS_SOAKED))]


def told(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """A clock, and what processes are told of it."""
    clock = tmp_path / "clock"
    set_clock(clock, 0)
    return clock, {"clock": str(clock)}


def deliver_patiently(intake: Intake) -> None:
    """Deliver; a command that ended because the clock was set once more while its token was renewed is given again.
    Each setting ends one at most."""
    for _ in range(SETTINGS + 1):
        try:
            intake.deliver(FEED)
        except Refused as no:
            if no.status != HTTPStatus.UNAUTHORIZED:
                raise
        else:
            return


@pytest.mark.parametrize("run", SEVERAL)
def test_the_clock_is_set_again_and_again(run: int, ground: Ground, peace: Peace, tmp_path: Path) -> None:
    rng = random.Random(run)
    clock, processes = told(tmp_path)
    with ground.intake(tmp_path / "home", ("web", "worker", "worker 2"), **processes) as intake:
        thread = threading.Thread(target=deliver_patiently, args=(intake,))
        thread.start()
        for at in rng.sample(JUMPS, SETTINGS):
            time.sleep(rng.uniform(0, sum(peace.seconds.values()) / SETTINGS))
            set_clock(clock, at)
            if rng.random() < 0.3:
                intake.mortal.kill("worker")
                intake.mortal.revive("worker")
        thread.join()
        intake.until_quiet()
        assert intake.ended() == peace.one
        assert intake.said("request_failed", "web") == []


@pytest.mark.same_anywhere
@pytest.mark.parametrize("jump", [-HOUR, pytest.param(-9 * DAY, marks=pytest.mark.soak)])
def test_what_comes_after_the_clock_was_put_back_still_comes_after(
    jump: float, ground: Ground, peace: Peace, tmp_path: Path
) -> None:
    clock, processes = told(tmp_path)
    with ground.intake(tmp_path / "home", **processes) as intake:
        lines = ground.files[FEED].read_bytes().split(b"\r\n")
        fewer = tmp_path / "fewer.csv"
        fewer.write_bytes(b"\r\n".join(lines[:-4]))
        first = _deliver(intake, fewer)
        set_clock(clock, jump)
        second = _deliver(intake, ground.files[FEED])
        with intake.database() as database, reading(database) as session:
            rows = {batch.id: batch for batch in session.exec(select(Batch).order_by(col(Batch.id)))}
        assert list(rows) == [first, second]
        assert (rows[first].superseded_by, rows[second].superseded_by) == (second, None)
        assert rows[second].created_at < rows[first].created_at
        ended = intake.ended()
    assert ended["leads"] == peace.one["leads"]
    assert ended["cases"] == peace.one["cases"]


def _deliver(intake: Intake, file: Path) -> str:
    intake.files = {**intake.files, FEED: file}
    batch = intake.deliver(FEED)
    intake.until_quiet()
    return batch


@pytest.mark.same_anywhere
@pytest.mark.parametrize("jump", [HOUR, pytest.param(-2 * DAY, marks=pytest.mark.soak)])
def test_who_follows_the_registry_goes_on_after_the_clock_was_put_back(
    jump: float, ground: Ground, peace: Peace, tmp_path: Path
) -> None:
    """All was done by a clock far ahead; then it is put right, and the next delivery is published all the same."""
    clock, processes = told(tmp_path)
    set_clock(clock, abs(jump))
    with ground.intake(tmp_path / "home", **processes) as intake:
        intake.deliver(FEED)
        intake.until_quiet()
        set_clock(clock, 0)
        for feed in FEEDS_SENT[1:]:
            intake.deliver(feed)
        intake.until_quiet()
        ended = intake.ended()
    assert ended == peace.all
