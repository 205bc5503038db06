"""kill -9 while a delivery comes in and in every phase of its way: it ends as if nothing had happened.

How far into each call and phase it is struck is drawn from the run's number. Where a blow fell into the next phase,
a run follows that strikes each phase at its first commit, which none ends without.
"""

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.blows import CALLS, STATES, Eye, Striker, plan
from tests.faults.conftest import Peace
from tests.faults.gates import gates
from tests.faults.intake import FEEDS_SENT, PART_BYTES, Ground

FEED = FEEDS_SENT[0]
RUNS, RUNS_SOAKED = 1, 25
WHOLE = 1_000_000  # bytes of a part: the file goes in one call


def test_killed_at_random_moments_of_every_phase_it_ends_the_same(
    ground: Ground, peace: Peace, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    runs = RUNS_SOAKED if request.config.getoption("--soak") else RUNS
    wanted = [("web", call) for call in CALLS] + [("worker", state) for state in STATES]
    often = max(1, runs // 5)
    fell: Counter[tuple[str, str]] = Counter()
    repeated = run = 0
    while run < runs or any(fell[one] < often for one in wanted):
        assert run < runs + often, fell
        sure = run >= runs
        whole = run % 4 == 3 and not sure
        place = tmp_path / f"gates{run}"
        with (
            gates(place, ("web", "worker")) as gate,
            ground.intake(tmp_path / f"{run}", gates=str(place)) as intake,
            intake.database() as database,
        ):
            eye = Eye(database, intake.sender(FEED))
            calls = ("open",) if whole else CALLS
            striker = Striker(intake, gate, eye, plan(run, (*calls, *STATES), sure=sure), peace.seconds)
            thread = striker.thread()
            intake.deliver(FEED, WHOLE if whole else PART_BYTES)
            thread.join()
            assert striker.failed == [], run
            intake.until_quiet()
            assert intake.ended() == peace.one, (run, striker.struck)
            fell.update(striker.struck)
            repeated += intake.sender(FEED).repeated
        run += 1
    assert repeated >= run, "nobody was cut off"
