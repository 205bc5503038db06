"""The ground every home of the intake's fault tests is copied from, and how it ends when nothing happens."""

import fcntl
import os
import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.blows import Eye, timed
from tests.faults.intake import FEEDS_SENT, Ground, ground_in
from tests.faults.mortal import forging


@contextmanager
def shared(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A folder of all processes of this run; one at a time is in it."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session")
def ground(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Made once for all runs; each process has a forge of its own."""
    with forging() as forge:
        with shared(tmp_path_factory, "intake") as place:
            made = ground_in(forge, place)
        yield made


@dataclass(frozen=True)
class Peace:
    """How it ends when nothing happens."""

    one: dict[str, Any]  # the cards alone
    seconds: dict[str, float]  # how long each phase of their way lasts
    all: dict[str, Any]  # every feed


@pytest.fixture(scope="session")
def peace(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Peace:
    """Delivered once, undisturbed, by one worker: first the cards, then the rest."""
    with shared(tmp_path_factory, "peace") as folder:
        kept = folder / "peace.pickle"
        if not kept.exists():
            kept.write_bytes(pickle.dumps(_told_in_peace(ground, folder / "home")))
        told: Peace = pickle.loads(kept.read_bytes())
        return told


def _told_in_peace(ground: Ground, home: Path) -> Peace:
    with ground.intake(home) as intake, intake.database() as database:
        thread = threading.Thread(target=intake.deliver, args=(FEEDS_SENT[0],))
        eye = Eye(database, intake.sender(FEEDS_SENT[0]))
        thread.start()
        seconds = timed(intake, eye)
        thread.join()
        intake.until_quiet()
        one = intake.ended()
        for feed in FEEDS_SENT[1:]:
            intake.deliver(feed)
        intake.until_quiet()
        return Peace(one, seconds, intake.ended())
