"""The worker makes the simulations that were asked for: the simulation's row is the job."""

from kit.database import reading, transaction
from kit.logs import get_logger
from matcher.flows.desk import Desk
from matcher.flows.hold_job import JobHold, JobRefused, anybody_known, work_next
from matcher.flows.simulate_profile import simulate_profile
from matcher.job_rows import finish
from matcher.profiles.store import DRAFT, as_read
from matcher.profiles.tables import ScreenProfile, ScreenSimulation
from matcher.screens.parameters import Profile

_log = get_logger("work_on_profiles")


def work_next_simulation(desk: Desk, worker: str) -> bool:
    """Make the oldest simulation that waits, or that a dead worker left. True when there was one."""
    return work_next(desk, ScreenSimulation, worker, _simulate)


def _simulate(held: JobHold[ScreenSimulation]) -> None:
    if not anybody_known(held.desk):
        raise JobRefused("nothing-known")
    made = simulate_profile(held.desk, _draft(held), held.tell)
    told = {name: getattr(made, name) for name in ("found", "sample", "as_of", "basis", "rules")}
    with transaction(held.desk.database) as session:
        finish(session, held.ours(session), told)
    _log.info("profile_simulated", key=held.row.id)


def _draft(held: JobHold[ScreenSimulation]) -> Profile:
    """The draft as it was when the simulation was asked for. Raises JobRefused when it is another one by now."""
    with reading(held.desk.database) as session:
        row = session.get(ScreenProfile, held.row.profile_id)
        if row is None or row.state != DRAFT or row.version != held.row.profile_version:
            raise JobRefused("draft-moved")
        return as_read(row)
