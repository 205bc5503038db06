"""Model versions: their cards, one beside another, training the next, what it would change, and putting it in force.

Whoever holds `models:change` decides how everybody is linked; each step is in the journal. A version is never altered:
other thresholds are another version, and going back is putting the former one in force again.
"""

from datetime import timedelta
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Header, Request, Response
from sqlmodel import Session

from kit.auth import Caller, requires
from kit.columns import now
from kit.problems import REPEATS, Conflict, NotFound, VersionMismatch, VersionMissing, problems
from kit.web import Reading, Writing
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.schemas_models import (
    ModelComparisonOut,
    ModelDetailOut,
    ModelOut,
    ModelsOut,
    MoveOut,
    ThresholdMoveOut,
    WeightOut,
)
from matcher.audit.store import note
from matcher.flows.model_ground import basis_of, oversees
from matcher.linkage.card import moves_between, thresholds_moved, weights_of
from matcher.linkage.model import Model, ModelInvalid
from matcher.models import jobs, store
from matcher.models.problems import AreaTooSmall, ModelOutdated, PreviewNeeded
from matcher.models.tables import ModelRow
from matcher.settings import MatcherSettings

router = APIRouter(tags=["models"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("models:read"))]
Changer = Annotated[Caller, Depends(requires("models:change"))]
IfMatch = Annotated[str | None, Header(description="The version in force as it was seen: the ETag of GET /models")]


@router.get("/models", dependencies=[Depends(requires("models:read"))], responses=problems(*REFUSALS))
def list_models(response: Response, session: Reading) -> ModelsOut:
    """Model versions, the newest first. The ETag names the one in force: activating another asks for it."""
    response.headers["ETag"] = _etag(store.active(session))
    return ModelsOut(models=[ModelOut.model_validate(row) for row in store.every(session)])


@router.get("/models/{version}", responses=problems(*REFUSALS, NotFound, ModelOutdated))
def get_model(session: Reading, caller: Reader, version: str) -> ModelDetailOut:
    """The card of a version. What it was made from and is expected to get wrong is told to those who oversee all of
    it."""
    row = existing(session, version)
    model = parsed(row)
    return ModelDetailOut(
        **ModelOut.model_validate(row).model_dump(),
        weights=[WeightOut.model_validate(one) for one in weights_of(model)],
        thresholds=dict(model.thresholds),
        calibrated=model.calibration is not None,
        card=row.card if oversees(session, caller) else None,
        content=orjson.loads(row.document),
    )


@router.get(
    "/models/{version}/compare/{other}",
    dependencies=[Depends(requires("models:read"))],
    responses=problems(*REFUSALS, NotFound, ModelOutdated),
)
def compare_models(session: Reading, version: str, other: str) -> ModelComparisonOut:
    """Two versions side by side: weights in bits, the biggest moves first, and thresholds."""
    first, second = (parsed(existing(session, one)) for one in (version, other))
    thresholds = thresholds_moved(first.thresholds, second.thresholds)
    return ModelComparisonOut(
        first=version,
        second=other,
        present=(first.present, second.present),
        thresholds=[ThresholdMoveOut(name=name, first=a, second=b) for name, a, b in thresholds],
        weights=[MoveOut.model_validate(move) for move in moves_between(first, second)],
    )


@router.post(
    "/models/{version}/activate",
    responses=problems(
        *REFUSALS, *REPEATS, NotFound, Conflict, PreviewNeeded, AreaTooSmall, ModelOutdated, VersionMissing,
        VersionMismatch,
    ),
)  # fmt: skip
def activate_model(
    request: Request, session: Writing, caller: Changer, version: str, if_match: IfMatch = None
) -> ModelOut:
    """Put a version in force; the worker links everything anew. Needs a preview of the present deliveries; going back
    to a former version is the same step."""
    check_oversight(session, caller)
    row = existing(session, version)
    parsed(row)
    before = store.active(session)
    if if_match is None:
        raise VersionMissing
    if before is None or if_match != _etag(before):
        raise VersionMismatch
    if before.version == version:
        raise Conflict(reason="已是现用版本 (it is in force)")
    _check_preview(session, request.app.state.settings, version)
    former = before.version
    if not store.activate_over(session, version, former):
        raise VersionMismatch
    note(session, request.app.state.ring, caller, "model.activate", version, former=former)
    session.refresh(row)
    return ModelOut.model_validate(row)


def existing(session: Session, version: str) -> ModelRow:
    """A version there is. Raises NotFound."""
    row = store.get(session, version)
    if row is None:
        raise NotFound
    return row


def parsed(row: ModelRow) -> Model:
    """Its model. Raises ModelOutdated for a document of other fields than those compared today."""
    try:
        return Model.parse(row.document)
    except ModelInvalid:
        raise ModelOutdated from None


def check_oversight(session: Session, caller: Caller) -> None:
    """Raises AreaTooSmall for a caller who may not see every delivery."""
    if not oversees(session, caller):
        raise AreaTooSmall


def _check_preview(session: Session, settings: MatcherSettings, version: str) -> None:
    hours = settings.preview_keep_hours
    job = jobs.last_done(session, version, ("preview",))
    fresh = job is not None and job.ended_at is not None and job.ended_at >= now() - timedelta(hours=hours)
    if job is None or not fresh or job.basis != basis_of(session):
        raise PreviewNeeded(hours=hours, version=version)


def _etag(row: ModelRow | None) -> str:
    return f'"{row.version if row is not None else ""}"'
