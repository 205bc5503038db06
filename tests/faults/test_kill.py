"""kill -9 of web and worker at random moments of two months' work: it ends as if nothing had happened.

Which steps are struck, and how far into each, is drawn from the run's number, so a run that fails can be told again.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
import pytest

from doudi.county.tables import text
from doudi.home import Home
from tests.conftest import POSTGRES
from tests.faults.mortal import forging
from tests.faults.tale import PHASES, papers_of
from tests.faults.telling import Kit, Striker, plan, prepared, tell
from tests.journeys.live import JUNE
from tests.journeys.seen import Rows

RUNS, FEW = 20, 2  # few of them without --soak: a run takes some twenty seconds
SEVERAL = [run if run < FEW else pytest.param(run, marks=pytest.mark.soak) for run in range(RUNS)]
STRIKES, STRIKES_SOAKED = 3, 9


@pytest.fixture(scope="session")
def kit(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """Made once for all runs of this process."""
    place = tmp_path_factory.mktemp("kills")
    first, second = papers_of(text("areas.csv"))
    folders = (first.write(place / "june"), second.write(place / "july"))
    clients: dict[str, tuple[str, str, str]] = {}
    if not POSTGRES:
        clients = prepared(Home(place / "template", "http://127.0.0.1:1", JUNE))[1]
    with forging() as forge:
        yield Kit(forge, folders, place / "template", clients)


@dataclass(frozen=True)
class Undisturbed:
    """How it ends when nobody strikes, and how long each step takes."""

    content: dict[str, Rows]
    listed: list[str]
    seconds: dict[str, float]


@pytest.fixture(scope="session")
def undisturbed(kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The tale told once in peace."""
    teller, seen, _ = tell(kit, tmp_path_factory.mktemp("peace") / "home", [], {})
    return Undisturbed(seen.by_content(), teller.standing_lists(seen), teller.seconds)


def test_the_tale_has_everything_that_can_befall_a_lead(undisturbed: Undisturbed) -> None:
    leads, cases = undisturbed.content["leads"], undisturbed.content["cases"]
    assert {lead["state"] for lead in leads} == {"open", "withdrawn", "suppressed"}
    assert {case["state"] for case in cases} >= {"awaiting-acceptance", "verifying", "in-progress", "closed"}
    reasons = {item["closed_reason"] for case in cases for item in case["items"]}
    assert reasons >= {"已纳入保障", "已停发", "线索撤回"}
    assert {case["flag"] for case in cases} >= {"仍在发放", "新情况"}
    assert len(undisturbed.content["outcomes"]) > 30


def test_the_plans_strike_web_and_worker_in_every_step() -> None:
    strikes = [strike for run in range(RUNS) for strike in plan(run, STRIKES)]
    for role in ("web", "worker"):
        assert {strike.phase for strike in strikes if strike.role in (role, "both")} == set(PHASES)
    assert plan(3, STRIKES) == plan(3, STRIKES) != plan(4, STRIKES)


@pytest.mark.parametrize("run", SEVERAL)
def test_killed_at_random_moments_it_ends_with_the_same_lists(
    run: int,
    kit: Kit,
    undisturbed: Undisturbed,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> None:
    strikes = plan(run, STRIKES_SOAKED if request.config.getoption("--soak") else STRIKES)
    folder = tmp_path_factory.mktemp(f"run{run}") / "home"
    teller, seen, striker = tell(kit, folder, strikes, undisturbed.seconds)
    planned = sum(2 if strike.role == "both" else 1 for strike in strikes)
    assert len(striker.struck) == planned
    content = seen.by_content()
    for part, rows in undisturbed.content.items():
        assert [row for row in content[part] if row not in rows] == [], (part, striker.struck)
        assert content[part] == rows, (part, striker.struck)
    assert teller.standing_lists(seen) == undisturbed.listed
    _count(request, run, striker, teller.repeated)


def _count(request: pytest.FixtureRequest, run: int, striker: Striker, repeated: int) -> None:
    """Beside the other runs' strikes, in whichever process they were; the last run judges them all."""
    base = request.getfixturevalue("tmp_path_factory").getbasetemp()
    path = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "strikes.ndjson"
    with path.open("ab") as file:
        file.write(orjson.dumps({"run": run, "struck": striker.struck, "repeated": repeated}) + b"\n")
    runs = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    expected = RUNS if request.config.getoption("--soak") else FEW
    if len(runs) < expected:
        return
    struck = [tuple(strike) for one in runs for strike in one["struck"]]
    for role in ("web", "worker") if expected == RUNS else ():
        assert len({phase for phase, who, _ in struck if who == role}) >= len(PHASES) - 1, struck
    assert sum(busy for _, _, busy in struck) >= len(struck) // 3, struck
    assert sum(one["repeated"] > 0 for one in runs) >= expected // 2, runs
