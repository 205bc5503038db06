"""A file in parts: put them in any order, see which are here, seal the whole."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from kit.auth import Caller, requires
from kit.database import reading
from kit.limits import TooManyRequests, dear
from kit.problems import (
    REPEATS,
    BodyTooLarge,
    Conflict,
    DigestMismatch,
    NotFound,
    VersionMismatch,
    VersionMissing,
    problems,
)
from kit.uploads import FILE_BODY, WholeBody
from kit.web import Reading, Writing
from matcher.api.batch_steps import IfMatch
from matcher.api.batches import asked, batch_out, etag
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.schemas import BatchOut
from matcher.api.schemas_deliveries import PartOut, PartsOut
from matcher.audit.store import note
from matcher.batches import parts, store
from matcher.batches.problems import (
    DeliveriesWaiting,
    DeliveryEmpty,
    PartOutOfBounds,
    PartsDiffer,
    PartsMissing,
    UploadExpired,
)
from matcher.batches.states import refused
from matcher.feeds.feed import FeedColumnsWrong, FileUnreadable
from matcher.flows.upload_parts import check_upload, seal_upload, take_part

router = APIRouter(tags=["batches"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("batches:read"))]
Pusher = Annotated[Caller, Depends(requires("feeds:push"))]
Number = Annotated[int, Path(ge=1, le=100_000)]


@router.put(
    "/batches/{batch_id}/parts/{number}",
    openapi_extra=FILE_BODY,
    responses=problems(
        *REFUSALS,
        *REPEATS,
        NotFound,
        Conflict,
        UploadExpired,
        DeliveryEmpty,
        PartOutOfBounds,
        DigestMismatch,
        BodyTooLarge,
    ),
)
def put_part(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
    request: Request, session: Writing, caller: Pusher, batch_id: str, number: Number, content: WholeBody
) -> PartOut:
    """Put one part: a run of the file's bytes, in the order of the numbers. The answer means it is on disk for good.

    The same part again is fine; another content takes the place of the former, until the batch is sealed. Send a
    `Content-Digest`: a damaged part is then refused at once.
    """
    return PartOut.model_validate(take_part(session, request.app.state.desk, caller, (batch_id, number), content))


@router.get("/batches/{batch_id}/parts", responses=problems(*REFUSALS, NotFound))
def list_parts(session: Reading, caller: Reader, batch_id: str) -> PartsOut:
    """The parts that are here: a client that was cut off goes on with those that are not."""
    batch = store.find(session, caller, batch_id)
    there = parts.of_batch(session, batch.id)
    return PartsOut(
        batch_id=batch.id,
        state=batch.state,
        bytes=batch.bytes,
        sha256=batch.sha256,
        received_bytes=sum(part.bytes for part in there),
        expires_at=batch.expires_at,
        parts=[PartOut.model_validate(part) for part in there],
    )


@router.post(
    "/batches/{batch_id}/seal",
    status_code=202,
    dependencies=[Depends(dear("file"))],
    responses=problems(
        TooManyRequests, *REFUSALS, *REPEATS, NotFound, Conflict, PartsMissing, PartsDiffer, FeedColumnsWrong,
        FileUnreadable, DeliveriesWaiting, VersionMissing, VersionMismatch,
    ),
)  # fmt: skip
def seal_batch(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
    request: Request, response: Response, session: Writing, caller: Pusher, batch_id: str, if_match: IfMatch = None
) -> BatchOut:
    """All parts are here: the whole is checked against what was stated, and read by the worker from then on.

    Missing parts are named; wrong columns are told; then the batch stays open.
    """
    state = request.app.state
    with reading(state.database) as look:
        seen = store.find(look, caller, batch_id)
    if if_match is None:
        raise VersionMissing
    if seen.state != "open":
        raise refused(seen, "sealed")
    checked = check_upload(state.desk, seen)
    batch = asked(session, caller, batch_id, if_match)
    seal_upload(session, state.desk, batch, checked)
    note(session, state.ring, caller, "batch.push", batch.id, feed=batch.feed, bytes=batch.bytes)
    response.headers["ETag"], response.headers["Retry-After"] = etag(batch), "1"
    return batch_out(session, batch, caller)
