"""The worker does what was asked of models: trains one, or shows what one would change.

The job's row is the job: a training looks at everybody for minutes and belongs to no delivery, so it has a lease of
its own and keeps nobody from linking. What it finds is written in one transaction under that lease.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from kit.columns import now
from kit.database import reading, transaction
from kit.lease import LeaseLost, claim, renew
from kit.logs import get_logger
from matcher.flows.desk import Desk
from matcher.flows.model_ground import read_ground
from matcher.flows.preview_model import preview_model
from matcher.flows.train_model import train_model
from matcher.linkage.learn import TrainingFailed
from matcher.linkage.model import Model
from matcher.models import jobs
from matcher.models import store as models
from matcher.models.tables import ModelJob
from matcher.people import store as people

_log = get_logger("work_on_models")
PAUSE = timedelta(seconds=10)  # of a job that failed for a reason that may pass


@dataclass(frozen=True)
class JobHold:
    """A job under our lease; a copy of its row as it was claimed."""

    desk: Desk
    job: ModelJob
    token: int

    def tell(self, phase: str, done: int, total: int) -> None:
        """Write down how far it is, and hold on. Raises LeaseLost."""
        with transaction(self.desk.database) as session:
            renew(session, ModelJob, self.job.id, self.token, self.desk.settings.lease_seconds)
            row = jobs.held(session, self.job.id, self.token)
            row.phase, row.done, row.total = phase, done, total
            session.add(row)


def work_next_job(desk: Desk, worker: str) -> bool:
    """Do the oldest job that waits, or that a dead worker left. True when there was one."""
    with transaction(desk.database) as session:
        job = claim(session, ModelJob, jobs.OPEN, worker, desk.settings.lease_seconds, idle=True)
        if job is None:
            return False
        job.attempts += 1
        job.state = "running"
        token, kind = job.fencing_token, job.kind
        given_up = job.attempts > desk.settings.max_attempts
    held = JobHold(desk, job, token)
    try:
        if given_up:  # it took its worker with it every time
            _fail(held, "given-up", None)
        elif not _anybody(desk):
            _fail(held, "nothing-known", "还没有取得人员底册 (the registry's people are not known yet)")
        elif kind == "train":
            _train(held)
        else:
            _preview(held)
    except TrainingFailed as failed:
        _fail(held, "training-failed", str(failed))
    except LeaseLost:
        raise
    except Exception as error:
        _log.error("model_job_failed", key=held.job.id, exc_info=error)
        _try_again(held, type(error).__name__)
    return True


def _anybody(desk: Desk) -> bool:
    with reading(desk.database) as session:
        return people.standing(session).cursor is not None


def _train(held: JobHold) -> None:
    ground = read_ground(held.desk)
    with reading(held.desk.database) as session:
        start = Model.parse(_document(session, held.job.version))
    model, card = train_model(ground, start, held.tell)
    found = {"errors": card["errors"], "histogram": card.pop("histogram")}
    origin = models.Origin("trained", start.version, held.job.asked_by, card)
    with transaction(held.desk.database) as session:
        row = jobs.held(session, held.job.id, held.token)
        models.install(session, model.version, model.text, origin)
        jobs.finish(session, row, {"made": model.version, "basis": ground.basis, "found": found})
    _log.info("model_trained", version=model.version)


def _preview(held: JobHold) -> None:
    ground = read_ground(held.desk)
    with reading(held.desk.database) as session:
        model = Model.parse(_document(session, held.job.version))
    figures, sample = preview_model(ground, model, held.tell)
    with transaction(held.desk.database) as session:
        row = jobs.held(session, held.job.id, held.token)
        jobs.finish(session, row, {"basis": ground.basis, "found": figures, "sample": sample})
    _log.info("model_previewed", version=model.version)


def _document(session: Session, version: str) -> str:
    row = models.get(session, version)
    assert row is not None, "a job is asked for a version there is, and versions are never removed"
    return row.document


def _fail(held: JobHold, code: str, reason: str | None) -> None:
    with transaction(held.desk.database) as session:
        jobs.fail(session, jobs.held(session, held.job.id, held.token), code, reason)
    _log.warning("model_job_refused", key=held.job.id, code=code)


def _try_again(held: JobHold, code: str) -> None:
    """Something that is nobody's mistake went wrong: later again, a few times."""
    with transaction(held.desk.database) as session:
        row = jobs.held(session, held.job.id, held.token)
        if row.attempts >= held.desk.settings.max_attempts:
            jobs.fail(session, row, code, None)
            return
        row.error, row.leased_by, row.leased_until = code, None, now() + PAUSE
        session.add(row)
