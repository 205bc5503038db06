"""The worker makes the simulations that were asked for.

The simulation's row is the job, with a lease of its own: it looks at everybody for a while and keeps nobody from
linking. What it finds is written in one transaction under that lease, so a worker that dies leaves nothing.
"""

from dataclasses import dataclass
from datetime import timedelta

from kit.columns import now
from kit.database import reading, transaction
from kit.lease import LeaseLost, claim, renew
from kit.logs import get_logger
from matcher.flows.desk import Desk
from matcher.flows.simulate_profile import simulate_profile
from matcher.people import store as people
from matcher.profiles import simulations
from matcher.profiles.store import DRAFT, as_read
from matcher.profiles.tables import ScreenProfile, ScreenSimulation
from matcher.screens.parameters import Profile

_log = get_logger("work_on_profiles")
PAUSE = timedelta(seconds=10)  # of one that failed for a reason that may pass


@dataclass(frozen=True)
class SimulationHold:
    """A simulation under our lease; a copy of its row as it was claimed."""

    desk: Desk
    row: ScreenSimulation
    token: int

    def tell(self, phase: str, done: int, total: int) -> None:
        """Write down how far it is, and hold on. Raises LeaseLost."""
        with transaction(self.desk.database) as session:
            renew(session, ScreenSimulation, self.row.id, self.token, self.desk.settings.lease_seconds)
            row = simulations.held(session, self.row.id, self.token)
            row.phase, row.done, row.total = phase, done, total
            session.add(row)


def work_next_simulation(desk: Desk, worker: str) -> bool:
    """Make the oldest simulation that waits, or that a dead worker left. True when there was one."""
    with transaction(desk.database) as session:
        row = claim(session, ScreenSimulation, simulations.OPEN, worker, desk.settings.lease_seconds, idle=True)
        if row is None:
            return False
        row.attempts += 1
        row.state = "running"
        token = row.fencing_token
        given_up = row.attempts > desk.settings.max_attempts
    held = SimulationHold(desk, row, token)
    try:
        if given_up:  # it took its worker with it every time
            _fail(held, "given-up")
        elif not _anybody(desk):
            _fail(held, "nothing-known")
        else:
            _simulate(held)
    except LeaseLost:
        raise
    except Exception as error:
        _log.error("simulation_failed", key=held.row.id, exc_info=error)
        _try_again(held, type(error).__name__)
    return True


def _anybody(desk: Desk) -> bool:
    with reading(desk.database) as session:
        return people.standing(session).cursor is not None


def _simulate(held: SimulationHold) -> None:
    draft = _draft(held)
    if draft is None:
        _fail(held, "draft-moved")
        return
    made = simulate_profile(held.desk, draft, held.tell)
    told = {name: getattr(made, name) for name in ("found", "sample", "as_of", "basis", "rules")}
    with transaction(held.desk.database) as session:
        simulations.finish(session, simulations.held(session, held.row.id, held.token), told)
    _log.info("profile_simulated", key=held.row.id)


def _draft(held: SimulationHold) -> Profile | None:
    """The draft as it was when the simulation was asked for; None when it is another one by now."""
    with reading(held.desk.database) as session:
        row = session.get(ScreenProfile, held.row.profile_id)
        if row is None or row.state != DRAFT or row.version != held.row.profile_version:
            return None
        return as_read(row)


def _fail(held: SimulationHold, code: str) -> None:
    with transaction(held.desk.database) as session:
        simulations.fail(session, simulations.held(session, held.row.id, held.token), code)
    _log.warning("simulation_refused", key=held.row.id, code=code)


def _try_again(held: SimulationHold, code: str) -> None:
    """Something that is nobody's mistake went wrong: later again, a few times."""
    with transaction(held.desk.database) as session:
        row = simulations.held(session, held.row.id, held.token)
        if row.attempts >= held.desk.settings.max_attempts:
            simulations.fail(session, row, code)
            return
        row.error, row.leased_by, row.leased_until = code, None, now() + PAUSE
        session.add(row)
