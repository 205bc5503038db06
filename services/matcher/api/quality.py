"""The quality of a delivery, for the agency that sent it and the county that lives with it; and, for the county alone,
how far its links can be trusted."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session

from kit.auth import Caller, requires
from kit.columns import now
from kit.limits import TooManyRequests, dear
from kit.problems import Conflict, NotFound, problems
from kit.sheets_out import XLSX
from kit.web import Reading
from matcher.api.door import REFUSALS
from matcher.api.schemas_figures import CertificateOut, CertifiedOut, QualityOut, TrendOut, TrendPointOut
from matcher.batches import store
from matcher.batches.problems import FeedNotYours
from matcher.batches.tables import Batch
from matcher.certificates import store as certificates
from matcher.feeds import store as feeds
from matcher.feeds.feed import FeedUnknown
from matcher.flows.agreed_feeds import feed_to_read
from matcher.flows.judge_batch import judge_batch
from matcher.flows.report_card import card_workbook, trend_of
from matcher.places import store as places
from matcher.sealed import FileMissing
from matcher.statistics.certificate import CONFIDENCE, DIMENSIONS, MEANING, group_title
from matcher.statistics.grades import graded

router = APIRouter(tags=["batches"])
Reader = Annotated[Caller, Depends(requires("batches:read"))]
Linker = Annotated[Caller, Depends(requires("links:read"))]


@router.get("/batches/{batch_id}/quality", responses=problems(*REFUSALS, NotFound, Conflict))
def get_batch_quality(request: Request, session: Reading, caller: Reader, batch_id: str) -> QualityOut:
    """Rows by outcome, mistakes by kind, how full and how sound each column is, beside the delivery before; and a grade
    by the rules told with it.

    An agency sees its own deliveries. No cell of the file is repeated.
    """
    batch, found = _judged(request, session, caller, batch_id)
    return QualityOut(batch_id=batch.id, feed=batch.feed, **found, **graded(found))


@router.get(
    "/batches/{batch_id}/quality.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(TooManyRequests, *REFUSALS, NotFound, Conflict)},
)
def get_batch_report_card(request: Request, session: Reading, caller: Reader, batch_id: str) -> Response:
    """The same on one page for an agency's leaders: grade, rows, issues with their change, how full each column is."""
    batch, found = _judged(request, session, caller, batch_id)
    feed = feeds.load(session, batch.feed, batch.feed_version)
    headers = {"Content-Disposition": 'attachment; filename="quality.xlsx"'}
    return Response(card_workbook(feed, batch, found, now()), media_type=XLSX, headers=headers)


@router.get("/feeds/{feed}/quality", responses=problems(*REFUSALS, FeedUnknown, FeedNotYours))
def get_feed_quality(
    request: Request,
    session: Reading,
    caller: Reader,
    feed: str,
    months: Annotated[int, Query(ge=1, le=60, description="How far back, in months of 31 days")] = 12,
) -> TrendOut:
    """How good the feed's deliveries were over the months, the oldest first. An agency sees its own feeds."""
    agreed = feed_to_read(session, caller, feed)
    found = trend_of(session, request.app.state.files, caller, agreed, months)
    return TrendOut(feed=agreed.id, months=months, deliveries=[TrendPointOut(**one) for one in found])


def _judged(request: Request, session: Session, caller: Caller, batch_id: str) -> tuple[Batch, dict[str, Any]]:
    batch = store.find(session, caller, batch_id)
    try:
        return batch, judge_batch(session, request.app.state.files, batch)
    except FileMissing:
        raise Conflict(reason=f"{batch.state}: 尚未读取 (not read yet)") from None


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
