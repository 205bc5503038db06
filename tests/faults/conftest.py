"""The ground every home of the intake's fault tests is copied from, and how it ends when nothing happens."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults.blows import Eye, timed
from tests.faults.intake import FEEDS_SENT, Ground, ground_in
from tests.faults.mortal import forging


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Made once for all runs of this process."""
    with forging() as forge:
        yield ground_in(forge, tmp_path_factory.mktemp("intake"))


@dataclass(frozen=True)
class Peace:
    """How it ends when nothing happens."""

    one: dict[str, Any]  # the cards alone
    seconds: dict[str, float]  # how long each phase of their way lasts
    all: dict[str, Any]  # every feed


@pytest.fixture(scope="session")
def peace(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Peace:
    """Delivered once, undisturbed, by one worker: first the cards, then the rest."""
    with ground.intake(tmp_path_factory.mktemp("peace") / "home") as intake, intake.database() as database:
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
