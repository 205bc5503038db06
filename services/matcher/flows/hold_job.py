"""A worker takes the next job of a kind and does it under the job's own lease, which keeps nobody from linking.

What it finds is written in one transaction under that lease, so a worker that dies leaves nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from sqlmodel import Session

from kit.columns import now
from kit.database import reading, transaction
from kit.lease import LeaseLost, claim, renew, still_ours
from kit.logs import get_logger
from matcher.flows.desk import Desk
from matcher.job_rows import OPEN, JobColumns, fail
from matcher.people import store as people

_log = get_logger("hold_job")
PAUSE = timedelta(seconds=10)  # of a job that failed for a reason that may pass
Row = TypeVar("Row", bound=JobColumns)


class JobRefused(Exception):
    """It cannot be done, now or later: a code, and columns of the job's that say more."""

    def __init__(self, code: str, **told: str) -> None:
        super().__init__(code)
        self.code, self.told = code, told


@dataclass(frozen=True)
class JobHold(Generic[Row]):
    """A job under our lease; a copy of its row as it was claimed."""

    desk: Desk
    row: Row
    token: int

    def ours(self, session: Session) -> Row:
        """The row itself, locked for this transaction. Raises LeaseLost."""
        return still_ours(session, type(self.row), self.row.id, self.token)

    def tell(self, phase: str, done: int, total: int) -> None:
        """Write down how far it is, and hold on. Raises LeaseLost."""
        with transaction(self.desk.database) as session:
            renew(session, type(self.row), self.row.id, self.token, self.desk.settings.lease_seconds)
            row = self.ours(session)
            row.phase, row.done, row.total = phase, done, total
            session.add(row)


def work_next(desk: Desk, table: type[Row], worker: str, do: Callable[[JobHold[Row]], None]) -> bool:
    """Do the oldest job that waits, or that a dead worker left; `do` may raise JobRefused. True when there was one."""
    with transaction(desk.database) as session:
        row = claim(session, table, OPEN, worker, desk.settings.lease_seconds, idle=True)
        if row is None:
            return False
        row.attempts += 1
        row.state = "running"
        hold = JobHold(desk, row, row.fencing_token)
        given_up = row.attempts > desk.settings.max_attempts
    try:
        if given_up:
            _fail(hold, JobRefused("given-up"))  # it took its worker with it every time
        else:
            do(hold)
    except JobRefused as refused:
        _fail(hold, refused)
    except LeaseLost:
        raise
    except Exception as error:
        _log.error("job_failed", key=hold.row.id, exc_info=error)
        _try_again(hold, type(error).__name__)
    return True


def anybody_known(desk: Desk) -> bool:
    """Whether the registry's people have come at all."""
    with reading(desk.database) as session:
        return people.standing(session).cursor is not None


def _fail(hold: JobHold[Row], refused: JobRefused) -> None:
    with transaction(hold.desk.database) as session:
        fail(session, hold.ours(session), refused.code, refused.told)
    _log.warning("job_refused", key=hold.row.id, code=refused.code)


def _try_again(hold: JobHold[Row], code: str) -> None:
    """Something that is nobody's mistake went wrong: later again, a few times."""
    with transaction(hold.desk.database) as session:
        row = hold.ours(session)
        if row.attempts >= hold.desk.settings.max_attempts:
            fail(session, row, code, {})
            return
        row.error, row.leased_by, row.leased_until = code, None, now() + PAUSE
        session.add(row)
