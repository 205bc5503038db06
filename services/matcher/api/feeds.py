"""Feeds: the contract of each, its schema and template, and where a delivery is pushed."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from kit.auth import Caller, requires
from kit.limits import TooManyRequests, dear
from kit.problems import REPEATS, BodyTooLarge, DigestMismatch, problems
from kit.uploads import FILE_BODY, WholeBody
from kit.web import Writing
from matcher.api.batches import batch_out
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.schemas import BatchOut, FeedColumnOut, FeedOut, FeedsOut
from matcher.audit.store import note
from matcher.batches.problems import DeliveryEmpty, FeedNotYours
from matcher.feeds.contract import schema_of, template_xlsx
from matcher.feeds.feed import Feed, FeedColumnsWrong, FeedUnknown, FileUnreadable
from matcher.flows.take_batch import Delivery, feed_for, feeds_of, take_batch

router = APIRouter(tags=["feeds"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("feeds:read"))]
Pusher = Annotated[Caller, Depends(requires("feeds:push"))]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class DeliveryIn:
    """What a sender says of a delivery beside its content."""

    mode: Literal["commit", "validate"] = "commit"
    load: Annotated[Literal["snapshot", "delta"] | None, Query(description="As the feed agreed, if not said")] = None
    period: Annotated[str | None, Query(max_length=32, pattern=r"^[0-9A-Za-z./-]+$")] = None
    extracted_at: date | None = None
    # Every request has it: OpenAPI leaves it out of the parameters.
    content_type: Annotated[str | None, Header(include_in_schema=False)] = None


Told = Annotated[DeliveryIn, Depends()]


@router.get("/feeds", responses=problems(*REFUSALS))
def list_feeds(caller: Reader) -> FeedsOut:
    """The feeds the caller's agency delivers."""
    return FeedsOut(feeds=[_out(feed) for feed in feeds_of(caller)])


@router.get("/feeds/{feed}", responses=problems(*REFUSALS, FeedUnknown, FeedNotYours))
def get_feed(caller: Reader, feed: str) -> FeedOut:
    """What was agreed for one feed."""
    return _out(feed_for(caller, feed))


@router.get("/feeds/{feed}/schema", responses=problems(*REFUSALS, FeedUnknown, FeedNotYours))
def get_feed_schema(caller: Reader, feed: str) -> dict[str, Any]:
    """JSON Schema of one row, for agencies that send NDJSON."""
    return schema_of(feed_for(caller, feed))


@router.get(
    "/feeds/{feed}/template.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(*REFUSALS, FeedUnknown, FeedNotYours)},
)
def get_feed_template(caller: Reader, feed: str) -> Response:
    """An empty workbook with the right headers, identifiers formatted as text."""
    return Response(template_xlsx(feed_for(caller, feed)), media_type=XLSX)


@router.post(
    "/feeds/{feed}/batches",
    dependencies=[Depends(dear("file"))],
    status_code=202,
    openapi_extra=FILE_BODY,
    responses=problems(
        TooManyRequests,
        *REFUSALS,
        *REPEATS,
        FeedUnknown,
        FeedNotYours,
        FeedColumnsWrong,
        FileUnreadable,
        DeliveryEmpty,
        DigestMismatch,
        BodyTooLarge,
    ),
)
def push_batch(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
    request: Request, response: Response, session: Writing, caller: Pusher, feed: str, told: Told, content: WholeBody
) -> BatchOut:
    """Push one delivery: the file as the request's body (XLSX, CSV in UTF-8 or GB18030, NDJSON, Parquet, gzip allowed).

    Wrong columns are told at once and leave nothing behind; rows are read by the worker. Look at `Location`.
    """
    agreed = feed_for(caller, feed)
    delivery = Delivery(content, told.content_type, told.mode, told.load, told.period, told.extracted_at)
    batch = take_batch(session, request.app.state.files, caller, agreed, delivery)
    note(session, request.app.state.ring, caller, "batch.push", batch.id, feed=feed, bytes=batch.bytes)
    response.headers["Location"] = str(request.url_for("get_batch", batch_id=batch.id).path)
    response.headers["Retry-After"] = "1"
    return batch_out(batch, caller)


def _out(feed: Feed) -> FeedOut:
    return FeedOut(
        feed=feed.id,
        version=feed.version,
        agency=feed.agency,
        title=feed.title,
        load=feed.load,
        freshness_days=feed.freshness_days,
        legal_basis=feed.legal_basis,
        purpose=feed.purpose,
        columns=[FeedColumnOut.model_validate(column) for column in feed.columns],
    )
