"""The quality of a delivery, for the agency that sent it and the county that lives with it; and, for the county alone,
how far its links can be trusted."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from kit.auth import Caller, requires
from kit.problems import Conflict, NotFound, problems
from kit.web import Reading
from matcher.api.door import REFUSALS
from matcher.api.schemas_figures import CertificateOut, CertifiedOut, QualityOut
from matcher.batches import store
from matcher.certificates import store as certificates
from matcher.flows.judge_batch import judge_batch
from matcher.places import store as places
from matcher.sealed import FileMissing
from matcher.statistics.certificate import CONFIDENCE, DIMENSIONS, MEANING, group_title

router = APIRouter(tags=["batches"])
Reader = Annotated[Caller, Depends(requires("batches:read"))]
Linker = Annotated[Caller, Depends(requires("links:read"))]


@router.get("/batches/{batch_id}/quality", responses=problems(*REFUSALS, NotFound, Conflict))
def get_batch_quality(request: Request, session: Reading, caller: Reader, batch_id: str) -> QualityOut:
    """Rows by outcome, mistakes by kind, how full and how sound each column is, beside the delivery before.

    An agency sees its own deliveries. No cell of the file is repeated.
    """
    batch = store.find(session, caller, batch_id)
    try:
        found = judge_batch(session, request.app.state.files, batch)
    except FileMissing:
        raise Conflict(reason=f"{batch.state}: 尚未读取 (not read yet)") from None
    return QualityOut(batch_id=batch.id, feed=batch.feed, **found)


@router.get("/batches/{batch_id}/certificate", responses=problems(*REFUSALS, NotFound, Conflict))
def get_batch_certificate(session: Reading, caller: Linker, batch_id: str) -> CertificateOut:
    """How many of its links are false and how many were missed, by group, each with a 90 % interval.

    Not for the agency that sent it: how rows link tells who is registered. Made whenever the batch is linked.
    """
    batch = store.find(session, caller, batch_id)
    row = certificates.of_batch(session, batch.same_as or batch.id)
    if row is None:
        raise Conflict(reason=f"{batch.state}: 尚未关联 (not linked yet)")
    names = dict(places.frame(session).select("code", "name").iter_rows())
    return CertificateOut(
        batch_id=batch.id,
        feed=batch.feed,
        model_version=row.model_version,
        made_at=row.made_at,
        confidence=CONFIDENCE,
        labels=row.document["labels"],
        whole=_certified(row.document["whole"], names),
        groups=[_certified(one, names) for one in row.document["groups"]],
        meaning=list(MEANING),
    )


def _certified(figure: Mapping[str, Any], names: dict[str, str]) -> CertifiedOut:
    title = group_title(figure["dimension"], figure["group"], names)
    return CertifiedOut(**figure, dimension_title=DIMENSIONS[figure["dimension"]], title=title)
