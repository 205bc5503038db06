"""The worker does what was asked of models: trains one, or shows what one would change. The job's row is the job: a
training looks at everybody for minutes and belongs to no delivery."""

from sqlmodel import Session

from kit.database import reading, transaction
from kit.logs import get_logger
from matcher.flows.desk import Desk
from matcher.flows.hold_job import JobHold, JobRefused, anybody_known, work_next
from matcher.flows.model_ground import read_ground
from matcher.flows.preview_model import preview_model
from matcher.flows.train_model import train_model
from matcher.job_rows import finish
from matcher.linkage.learn import TrainingFailed
from matcher.linkage.model import Model
from matcher.models import store as models
from matcher.models.tables import ModelJob

_log = get_logger("work_on_models")
REASON = 300  # characters kept of why a job failed
NOBODY = "还没有取得人员底册 (the registry's people are not known yet)"


def work_next_job(desk: Desk, worker: str) -> bool:
    """Do the oldest job that waits, or that a dead worker left. True when there was one."""
    return work_next(desk, ModelJob, worker, _work)


def _work(held: JobHold[ModelJob]) -> None:
    if not anybody_known(held.desk):
        raise JobRefused("nothing-known", reason=NOBODY)
    try:
        (_train if held.row.kind == "train" else _preview)(held)
    except TrainingFailed as failed:
        raise JobRefused("training-failed", reason=str(failed)[:REASON]) from failed


def _train(held: JobHold[ModelJob]) -> None:
    ground = read_ground(held.desk)
    with reading(held.desk.database) as session:
        start = Model.parse(_document(session, held.row.version))
    model, card = train_model(ground, start, held.tell)
    found = {"errors": card["errors"], "histogram": card.pop("histogram")}
    origin = models.Origin("trained", start.version, held.row.asked_by, card)
    with transaction(held.desk.database) as session:
        row = held.ours(session)
        models.install(session, model.version, model.text, origin)
        finish(session, row, {"made": model.version, "basis": ground.basis, "found": found})
    _log.info("model_trained", version=model.version)


def _preview(held: JobHold[ModelJob]) -> None:
    ground = read_ground(held.desk)
    with reading(held.desk.database) as session:
        model = Model.parse(_document(session, held.row.version))
    figures, sample = preview_model(ground, model, held.tell)
    with transaction(held.desk.database) as session:
        finish(session, held.ours(session), {"basis": ground.basis, "found": figures, "sample": sample})
    _log.info("model_previewed", version=model.version)


def _document(session: Session, version: str) -> str:
    row = models.get(session, version)
    assert row is not None, "a job is asked for a version there is, and versions are never removed"
    return row.document
