"""The quality of a delivery, for the agency that sent it and the county that lives with it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from kit.auth import Caller, requires
from kit.problems import Conflict, NotFound, problems
from kit.web import Reading
from matcher.api.door import REFUSALS
from matcher.api.schemas_figures import QualityOut
from matcher.batches import store
from matcher.flows.judge_batch import judge_batch
from matcher.sealed import FileMissing

router = APIRouter(tags=["batches"])
Reader = Annotated[Caller, Depends(requires("batches:read"))]


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
