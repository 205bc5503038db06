"""The review bench: doubts in the order of what they are worth, held by one reviewer at a time, decided for good."""

from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from kit.auth import Caller, requires
from kit.crypto import KeyRing
from kit.idempotency import NOT_STORED
from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REPEATS, CursorInvalid, NotFound, VersionMismatch, VersionMissing, problems
from kit.reveals import Reason, RevealBudgetSpent, RevealIn, Seen
from kit.web import Reading, Writing
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.reveals import tell
from matcher.api.schemas_reviews import (
    AgreementOut,
    ClaimIn,
    ClaimOut,
    OwnReviewsOut,
    PrecisionOut,
    RevealedReviewOut,
    ReviewDecisionIn,
    ReviewDetailOut,
    ReviewerOut,
    ReviewOut,
    ReviewPageOut,
    ReviewStatsOut,
    UndoIn,
)
from matcher.api.show_reviews import detail_out, revealed_out, review_out
from matcher.audit.store import note
from matcher.flows.count_reviews import Band, count_reviews
from matcher.flows.decide_review import OVERSEES, Bench, Said, decide_review, undo_review
from matcher.flows.desk import Desk
from matcher.flows.show_review import background, comparisons, shown_readings
from matcher.reviews import queue
from matcher.reviews.problems import (
    CandidateNeeded,
    CandidateUnknown,
    DecidedMeanwhile,
    NothingToUndo,
    ReviewClosed,
    ReviewNotHeld,
)
from matcher.reviews.queue import Filters
from matcher.reviews.tables import Doubt

router = APIRouter(tags=["reviews"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("links:read"))]
Reviewer = Annotated[Caller, Depends(requires("reviews:decide"))]
Revealer = Annotated[Caller, Depends(requires("reviews:decide", "leads:reveal"))]
IfMatch = Annotated[str | None, Header(description="The version seen, as the ETag named it")]
VERSIONED = (VersionMissing, VersionMismatch)


def bench(request: Request, session: Writing, caller: Reviewer) -> Bench:
    """Where an answer is given or taken back."""
    return Bench(request.app.state.desk, session, caller)


OnBench = Annotated[Bench, Depends(bench)]


class ReviewAsked(NamedTuple):
    """Which review, and why."""

    review_id: str
    reason: Reason


def asked_review(review_id: str, body: RevealIn) -> ReviewAsked:
    """What a look states."""
    return ReviewAsked(review_id, body.reason)


AskedReview = Annotated[ReviewAsked, Depends(asked_review)]


def filters(
    kind: Literal["doubt", "sample"] | None = None,
    reason: Annotated[str | None, Query(max_length=40)] = None,
    feed: Annotated[str | None, Query(max_length=64)] = None,
    state: Literal["open", "deferred", "settled", "closed", "any"] = "open",
) -> Filters:
    """What a list is narrowed to."""
    return Filters(None if state == "any" else state, kind, reason, feed)


@router.get("/reviews", responses=problems(*REFUSALS, CursorInvalid))
def list_reviews(
    page: Paged, session: Writing, caller: Reader, chosen: Annotated[Filters, Depends(filters)]
) -> ReviewPageOut:
    """Doubts put to a human within the caller's area, the most valuable first; nobody's values are shown."""
    after = page.after("review", None)
    rows = queue.page(session, caller, chosen, after and (float(after[0]), str(after[1])), page.limit)
    following = page.onwards("review", rows and [rows[-1].value, rows[-1].id], full=len(rows) == page.limit)
    if rows:
        note(session, page.ring, caller, "review.list", None, reviews=[row.id for row in rows])
    return ReviewPageOut(reviews=[review_out(row) for row in rows], cursor=following)


@router.post("/reviews/claim", responses=problems(*REFUSALS, *REPEATS))
def claim_review(
    request: Request, response: Response, session: Writing, caller: Reviewer, body: ClaimIn | None = None
) -> ClaimOut:
    """The next review for the caller, held for them alone for a while; the one they hold already comes first."""
    wanted = body or ClaimIn()
    desk: Desk = request.app.state.desk
    chosen = Filters(None, wanted.kind, wanted.reason, wanted.feed)
    doubt = queue.claim(session, caller, chosen, desk.settings.review_lease_minutes, wanted.first)
    if doubt is None:
        return ClaimOut(review=None)
    note(session, desk.ring, caller, "review.claim", doubt.id, version=doubt.version)
    return ClaimOut(review=_detail(response, Bench(desk, session, caller), doubt))


@router.get("/reviews/stats", responses=problems(*REFUSALS))
def get_review_stats(session: Reading, caller: Reader) -> ReviewStatsOut:
    """How the bench stands within the caller's area; who answered what, for those who oversee it."""
    found = count_reviews(session, caller)
    people = [ReviewerOut.model_validate(one) for one in found.reviewers] if OVERSEES in caller.scopes else None
    return ReviewStatsOut(
        waiting=found.waiting,
        by_kind=found.by_kind,
        by_reason=found.by_reason,
        by_priority=found.by_priority,
        today=found.today,
        own=OwnReviewsOut(held=found.held, today=found.own_today),
        agreement=AgreementOut.model_validate(found.agreement),
        precision=found.sampled_precision,
        by_grade=[_precision(one) for one in found.by_grade],
        by_band=[_precision(one) for one in found.by_band],
        median_seconds=found.median_seconds,
        reviewers=people,
    )


@router.get("/reviews/{review_id}", responses=problems(*REFUSALS, NotFound))
def get_review(
    request: Request, response: Response, session: Writing, caller: Reader, review_id: str
) -> ReviewDetailOut:
    """One review with both sides, masked, and where they differ; the look is recorded."""
    desk: Desk = request.app.state.desk
    doubt = queue.find(session, caller, review_id)
    note(session, desk.ring, caller, "review.read", doubt.id, version=doubt.version)
    return _detail(response, Bench(desk, session, caller), doubt)


@router.post(
    "/reviews/{review_id}/reveal",
    dependencies=[Depends(dear("reveal"))],
    responses=problems(TooManyRequests, RevealBudgetSpent, *REFUSALS, *REPEATS, NotFound, ReviewNotHeld),
)
def reveal_review(
    request: Request, response: Response, session: Writing, caller: Revealer, asked: AskedReview
) -> RevealedReviewOut:
    """Both sides in the clear, for whoever holds the review: whom the record counts as and every candidate are counted.
    The look is in the journal with the reason and the caller's purpose."""
    ring: KeyRing = request.app.state.ring
    doubt = queue.find(session, caller, asked.review_id)
    _held(doubt, caller)
    people = [doubt.subject_id, *(one["person_id"] for one in doubt.candidates)]
    tell(request, session, caller, [Seen(one, doubt.area) for one in people])
    note(session, ring, caller, "review.reveal", doubt.id, version=doubt.version, reason=asked.reason)
    response.headers["Cache-Control"] = NOT_STORED  # the second look is a look too
    shown = [revealed_out(doubt, one) for one in comparisons(ring, doubt, masked=False)]
    return RevealedReviewOut(review_id=doubt.id, version=doubt.version, comparisons=shown)


@router.post("/reviews/{review_id}/release", responses=problems(*REFUSALS, *REPEATS, NotFound, ReviewNotHeld))
def release_review(request: Request, session: Writing, caller: Reviewer, review_id: str) -> ReviewOut:
    """Give a claimed review back unanswered."""
    doubt = queue.find(session, caller, review_id, lock=True)
    _held(doubt, caller)
    queue.release(doubt)
    session.add(doubt)
    note(session, request.app.state.ring, caller, "review.release", doubt.id, version=doubt.version)
    return review_out(doubt)


@router.post(
    "/reviews/{review_id}/decision",
    responses=problems(
        *(*REFUSALS, *REPEATS, *VERSIONED, NotFound, ReviewNotHeld),
        *(ReviewClosed, CandidateNeeded, CandidateUnknown, DecidedMeanwhile),
    ),
)
def answer_review(
    bench: OnBench, response: Response, review_id: str, body: ReviewDecisionIn, if_match: IfMatch = None
) -> ReviewDetailOut:
    """Answer the review the caller holds, as they saw it (If-Match). Where a second person has to read it unaware of
    the first, or two differ, it waits on; else the answer decides, for this row and the same row in every delivery."""
    doubt = queue.find(bench.session, bench.caller, review_id, lock=True)
    if doubt.leased_by == bench.caller.client_id:  # who does not hold it is told that, whatever they saw
        _check(if_match, doubt)
    said = Said(body.verdict, body.candidate_id, body.comment, body.days)
    return _detail(response, bench, decide_review(bench, doubt, said))


@router.post("/reviews/{review_id}/undo", responses=problems(*REFUSALS, *REPEATS, *VERSIONED, NotFound, NothingToUndo))
def undo_answer(
    bench: OnBench, response: Response, review_id: str, body: UndoIn | None = None, if_match: IfMatch = None
) -> ReviewDetailOut:
    """Take an answer back: the caller's own, or, for those who oversee the bench, everybody's of the last round. What
    it decided holds no more, the answer stays on record, and the review waits again."""
    doubt = queue.find(bench.session, bench.caller, review_id, lock=True)
    _check(if_match, doubt)
    undone = undo_review(bench, doubt, body.comment if body is not None else None)
    return _detail(response, bench, undone)


def _detail(response: Response, bench: Bench, doubt: Doubt) -> ReviewDetailOut:
    response.headers["ETag"] = f'"{doubt.version}"'
    said = shown_readings(bench.session, bench.caller, doubt)
    around = background(bench.desk, bench.session, doubt)
    return detail_out(bench.desk.ring, bench.caller, doubt, said, around)


def _check(seen: str | None, doubt: Doubt) -> None:
    """The caller must have seen the review as it is. Raises VersionMissing or VersionMismatch."""
    if seen is None:
        raise VersionMissing
    if seen.strip().removeprefix("W/").strip('"') != str(doubt.version):
        raise VersionMismatch


def _held(doubt: Doubt, caller: Caller) -> None:
    if doubt.leased_by != caller.client_id:
        raise ReviewNotHeld


def _precision(band: Band) -> PrecisionOut:
    return PrecisionOut(name=band.band, **vars(band.figures))
