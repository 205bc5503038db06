"""What a worker is asked to do with models, and thresholds from costs."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response

from kit.auth import Caller, requires
from kit.crypto import KeyRing
from kit.problems import REPEATS, Conflict, NotFound, problems
from kit.web import Reading, Writing
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.models import check_oversight, existing, parsed
from matcher.api.schemas_models import (
    CostsIn,
    ModelJobOut,
    ModelJobsOut,
    OutlookOut,
    ThresholdsOut,
    TrainIn,
)
from matcher.audit.store import note
from matcher.flows.choose_thresholds import Chosen, Worth, choose_thresholds
from matcher.flows.model_ground import basis_of
from matcher.flows.preview_model import SAMPLE_SEALED
from matcher.linkage.costs import Choice, CostsInvalid
from matcher.models import jobs, store
from matcher.models.problems import AreaTooSmall, CostsUnusable, FiguresMissing, ModelOutdated
from matcher.models.tables import ModelJob

router = APIRouter(tags=["models"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("models:read"))]
Changer = Annotated[Caller, Depends(requires("models:change"))]


@router.post(
    "/models/train",
    status_code=202,
    responses=problems(*REFUSALS, *REPEATS, NotFound, Conflict, AreaTooSmall, ModelOutdated),
)
def train_next_model(
    request: Request, response: Response, session: Writing, caller: Changer, body: TrainIn
) -> ModelJobOut:
    """Have the next version trained on the deliveries that count and the answers there are. It changes no link; a
    training that fails says why, and the model in force stays."""
    return _ask(request, response, session, caller, ("train", body.start))


@router.post(
    "/models/{version}/preview",
    status_code=202,
    responses=problems(*REFUSALS, *REPEATS, NotFound, Conflict, AreaTooSmall, ModelOutdated),
)
def preview_change(
    request: Request, response: Response, session: Writing, caller: Changer, version: str
) -> ModelJobOut:
    """Have it found out what would change if this version were in force: links by feed and township, and leads."""
    return _ask(request, response, session, caller, ("preview", version))


@router.get("/model-jobs", responses=problems(*REFUSALS))
def list_model_jobs(request: Request, session: Reading, caller: Reader) -> ModelJobsOut:
    """Trainings and previews, the newest first."""
    basis = basis_of(session)
    shown = [_job(request.app.state.ring, row, basis) for row in jobs.recent(session, caller)]
    return ModelJobsOut(jobs=[one.model_copy(update={"found": None, "sample": []}) for one in shown])


@router.get("/model-jobs/{job_id}", responses=problems(*REFUSALS, NotFound))
def get_model_job(request: Request, session: Writing, caller: Reader, job_id: str) -> ModelJobOut:
    """One job with what it found. The sample names records by delivery and line, people by id; names are masked."""
    out = _job(request.app.state.ring, jobs.find(session, caller, job_id), basis_of(session))
    if out.sample:
        shown = [value for one in out.sample for name, value in one.items() if value and name.endswith("_id")]
        note(session, request.app.state.ring, caller, "model.sample", job_id, people=shown)
    return out


@router.post(
    "/models/{version}/thresholds",
    responses=problems(*REFUSALS, *REPEATS, NotFound, AreaTooSmall, ModelOutdated, FiguresMissing, CostsUnusable),
)
def choose_costs(request: Request, session: Writing, caller: Changer, version: str, body: CostsIn) -> ThresholdsOut:
    """Thresholds that follow from costs and from the reviewers' time, over the probabilities of this version; with
    `keep` they become a version of their own, which nobody uses until it is put in force."""
    check_oversight(session, caller)
    model = parsed(existing(session, version))
    job = jobs.last_done(session, version, ("train", "preview"))
    if job is None:
        raise FiguresMissing
    worth = Worth(
        body.wrong_visit,
        body.missed_person,
        body.review,
        body.reviews_per_week * body.weeks,
        {use.feed: (use.wrong_visit, use.missed_person) for use in body.uses},
    )
    try:
        chosen = choose_thresholds(model, job.found["histogram"], worth)
    except CostsInvalid as error:
        raise CostsUnusable(reason=str(error)) from None
    kept = None
    if body.keep:
        kept = chosen.model.version
        told = body.model_dump(exclude={"keep"})
        store.install(
            session, kept, chosen.model.text, store.Origin("thresholds", version, caller.client_id, {"costs": told})
        )
        note(session, request.app.state.ring, caller, "model.thresholds", kept, parent=version)
    return _thresholds(chosen, worth.capacity, kept)


def _ask(
    request: Request, response: Response, session: Writing, caller: Caller, wanted: tuple[str, str | None]
) -> ModelJobOut:
    """Put a job in the queue and say where to look."""
    check_oversight(session, caller)
    kind, version = wanted
    row = existing(session, version) if version is not None else store.active(session)
    if row is None:
        raise NotFound
    parsed(row)
    job = jobs.ask(session, caller, kind, row.version)
    note(session, request.app.state.ring, caller, f"model.{kind}", row.version, job=job.id)
    response.headers["Location"] = str(request.url_for("get_model_job", job_id=job.id).path)
    response.headers["Retry-After"] = "2"
    return _job(request.app.state.ring, job, basis_of(session))


def _job(ring: KeyRing, row: ModelJob, basis: str) -> ModelJobOut:
    sample: list[dict[str, Any]] = orjson.loads(ring.decrypt(row.sample, SAMPLE_SEALED)) if row.sample else []
    names = ("kind", "version", "state", "phase", "done", "total", "error", "reason", "made", "found", "asked_by")
    told = {name: getattr(row, name) for name in (*names, "created_at", "ended_at")}
    return ModelJobOut(job_id=row.id, current=row.basis == basis, sample=sample, **told)


def _thresholds(chosen: Chosen, capacity: float, version: str | None) -> ThresholdsOut:
    return ThresholdsOut(
        false_link=chosen.costs.false_link,
        missed_link=chosen.costs.missed_link,
        capacity=capacity,
        price=chosen.then.price,
        now=_outlook(chosen.now),
        then=_outlook(chosen.then),
        version=version,
    )


def _outlook(choice: Choice) -> OutlookOut:
    return OutlookOut.model_validate(choice)
