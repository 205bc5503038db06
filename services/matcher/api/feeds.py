"""Feeds: the contract of each, its schema and template, and where a delivery is pushed."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from kit.auth import Caller, requires
from kit.limits import TooManyRequests, dear
from kit.problems import REPEATS, BodyTooLarge, Conflict, DigestMismatch, problems
from kit.sheets_out import XLSX
from kit.uploads import FILE_BODY, WholeBody
from kit.web import Reading, Writing
from matcher.api.batches import batch_out, etag
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.feed_maps import Version
from matcher.api.schemas import BatchOut, FeedColumnOut, FeedOut, FeedsOut
from matcher.api.schemas_feeds import FeedDetailOut
from matcher.audit.store import note
from matcher.batches.problems import (
    DeliveriesWaiting,
    DeliveryEmpty,
    DeliveryNotAsStated,
    FeedNotYours,
    QuotaSpent,
    UploadTooLarge,
    UploadUnstated,
)
from matcher.feeds.contract import schema_of, template_xlsx
from matcher.feeds.feed import Feed, FeedColumnsWrong, FeedUnknown, FileUnreadable
from matcher.flows.agreed_feeds import feed_for, feed_to_read, feeds_of
from matcher.flows.take_batch import Delivery, Expected, take_batch
from matcher.flows.upload_parts import open_upload

router = APIRouter(tags=["feeds"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("feeds:read"))]
Pusher = Annotated[Caller, Depends(requires("feeds:push"))]
MOST_ROWS, MOST_BYTES = 2**31 - 1, 2**53  # what the database, and every reader of JSON, can count to
BODY = {"requestBody": {**FILE_BODY["requestBody"], "required": False}}  # an upload in parts begins without one


@dataclass(frozen=True)
class DeliveryIn:
    """What a sender says of a delivery beside its content."""

    mode: Literal["commit", "validate"] = "commit"
    load: Annotated[Literal["snapshot", "delta"] | None, Query(description="As the feed agreed, if not said")] = None
    period: Annotated[str | None, Query(max_length=32, pattern=r"^[0-9A-Za-z./-]+$")] = None
    extracted_at: date | None = None
    atomicity: Annotated[Literal["row", "batch"], Query(description="batch: one rejected row refuses all")] = "row"
    expected_rows: Annotated[int | None, Query(ge=0, le=MOST_ROWS)] = None
    expected_bytes: Annotated[int | None, Query(ge=1, le=MOST_BYTES)] = None
    expected_sha256: Annotated[str | None, Query(pattern=r"^[0-9a-f]{64}$")] = None
    supersedes: Annotated[
        str | None, Query(max_length=36, description="The snapshot you believe to be the present one; else 409")
    ] = None
    upload: Annotated[
        Literal["whole", "parts"],
        Query(description="parts: no body; expected_sha256 and _bytes say what comes"),
    ] = "whole"
    # Every request has it: OpenAPI leaves it out of the parameters.
    content_type: Annotated[str | None, Header(include_in_schema=False)] = None

    def delivery(self, content: bytes) -> Delivery:
        """As the story takes it."""
        expected = Expected(self.expected_sha256, self.expected_bytes, self.expected_rows)
        return Delivery(
            content, self.content_type, self.mode, self.load, self.period, self.extracted_at, self.atomicity,
            self.supersedes, expected,
        )  # fmt: skip


Told = Annotated[DeliveryIn, Depends()]


@router.get("/feeds", responses=problems(*REFUSALS))
def list_feeds(session: Reading, caller: Reader) -> FeedsOut:
    """The feeds the caller's agency delivers; the county office sees all."""
    return FeedsOut(feeds=[_out(feed) for feed in feeds_of(session, caller)])


@router.get("/feeds/{feed}", responses=problems(*REFUSALS, FeedUnknown, FeedNotYours))
def get_feed(response: Response, session: Reading, caller: Reader, feed: str, version: Version = None) -> FeedDetailOut:
    """What was agreed for one feed: the version in force, or another."""
    agreed = feed_to_read(session, caller, feed, version)
    response.headers["ETag"] = f'"v{agreed.version}"'
    content = agreed.model_dump(mode="json", exclude={"id", "version"})
    return FeedDetailOut(**_out(agreed).model_dump(), about=agreed.about, content=content)


@router.get("/feeds/{feed}/schema", responses=problems(*REFUSALS, FeedUnknown, FeedNotYours))
def get_feed_schema(session: Reading, caller: Reader, feed: str) -> dict[str, Any]:
    """JSON Schema of one row, for agencies that send NDJSON."""
    return schema_of(feed_to_read(session, caller, feed))


@router.get(
    "/feeds/{feed}/template.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(*REFUSALS, FeedUnknown, FeedNotYours)},
)
def get_feed_template(session: Reading, caller: Reader, feed: str) -> Response:
    """An empty workbook with the right headers, identifiers formatted as text."""
    return Response(template_xlsx(feed_to_read(session, caller, feed)), media_type=XLSX)


@router.post(
    "/feeds/{feed}/batches",
    dependencies=[Depends(dear("file"))],
    status_code=202,
    openapi_extra=BODY,
    responses=problems(
        TooManyRequests,
        *REFUSALS,
        *REPEATS,
        FeedUnknown,
        FeedNotYours,
        FeedColumnsWrong,
        FileUnreadable,
        DeliveryEmpty,
        DeliveryNotAsStated,
        UploadUnstated,
        UploadTooLarge,
        QuotaSpent,
        DeliveriesWaiting,
        Conflict,
        DigestMismatch,
        BodyTooLarge,
    ),
)
def push_batch(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
    request: Request, response: Response, session: Writing, caller: Pusher, feed: str, told: Told, content: WholeBody
) -> BatchOut:
    """Push one delivery: the file as the request's body (XLSX, CSV in UTF-8 or GB18030, NDJSON, Parquet, gzip allowed).

    Wrong columns are told at once and leave nothing behind; rows are read by the worker. Look at `Location`. With
    `upload=parts` the batch is only opened, without a body: put its parts, then seal it.
    """
    agreed, desk = feed_for(session, caller, feed), request.app.state.desk
    if told.upload == "parts":
        batch = open_upload(session, desk, caller, agreed, told.delivery(content))
    else:
        batch = take_batch(session, desk, caller, agreed, told.delivery(content))
    action = "batch.open" if told.upload == "parts" else "batch.push"
    note(session, request.app.state.ring, caller, action, batch.id, feed=feed, bytes=batch.bytes)
    response.headers["Location"] = str(request.url_for("get_batch", batch_id=batch.id).path)
    response.headers["ETag"] = etag(batch)
    response.headers["Retry-After"] = "1"
    return batch_out(session, batch, caller)


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
