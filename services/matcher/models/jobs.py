"""Trainings and previews in the database: asked for once, and found again."""

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.problems import Conflict, NotFound
from kit.scope import covers
from matcher.job_rows import OPEN
from matcher.models.tables import ModelJob


def ask(session: Session, caller: Caller, kind: str, version: str) -> ModelJob:
    """Put a job in the queue. Raises Conflict while the same is waiting or being done."""
    same = (col(ModelJob.kind) == kind, col(ModelJob.version) == version, col(ModelJob.state).in_(OPEN))
    if session.exec(select(ModelJob.id).where(*same)).first() is not None:
        raise Conflict(reason="同样的任务尚未结束 (the same job is not done yet)")
    job = ModelJob(
        id=new_id(),
        kind=kind,
        version=version,
        state="waiting",
        asked_by=caller.client_id,
        area=caller.area,
        created_at=now(),
    )
    session.add(job)
    session.flush()
    return job


def find(session: Session, caller: Caller, job_id: str) -> ModelJob:
    """One job. Raises NotFound when absent or asked for outside the caller's area."""
    job = session.get(ModelJob, job_id)
    if job is None or not covers(caller.area, job.area):
        raise NotFound
    return job


def recent(session: Session, caller: Caller, limit: int = 50) -> list[ModelJob]:
    """The caller's jobs, the newest first."""
    found = session.exec(select(ModelJob).order_by(col(ModelJob.id).desc()).limit(500))
    return [job for job in found if covers(caller.area, job.area)][:limit]


def last_done(session: Session, version: str, kinds: tuple[str, ...]) -> ModelJob | None:
    """The newest job of these kinds that was done and whose figures are of `version`."""
    of_it = (col(ModelJob.made) == version) | ((col(ModelJob.kind) == "preview") & (col(ModelJob.version) == version))
    query = select(ModelJob).where(of_it, col(ModelJob.kind).in_(kinds), col(ModelJob.state) == "done")
    return session.exec(query.order_by(col(ModelJob.ended_at).desc(), col(ModelJob.id).desc())).first()
