"""What an agency is asked to correct in its own data, its answers, and the county's view of what still stands."""

from collections import Counter
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session

from kit.auth import Caller, requires
from kit.crypto import KeyRing
from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REPEATS, BodyTooLarge, Conflict, CursorInvalid, DigestMismatch, NotFound, problems
from kit.sheets_out import XLSX
from kit.uploads import FILE_BODY, WholeBody
from kit.web import Writing
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.schemas_figures import (
    CorrectionAnswerIn,
    CorrectionDecisionIn,
    CorrectionOut,
    CorrectionPageOut,
    CorrectionRowOut,
    CorrectionRowsOut,
    PlaceOut,
)
from matcher.audit.store import note
from matcher.batches.problems import CorrectionNotYours, CorrectionSheetWrong, ReasonMissing
from matcher.batches.tables import Batch
from matcher.feeds.feed import FileUnreadable
from matcher.feeds.places import place_of
from matcher.flows.answer_corrections import MOST_ROWS, answer_by_list, answer_one, decide
from matcher.flows.ask_corrections import Correction, Office, ask_corrections, calendar_of
from matcher.flows.list_corrections import corrections_workbook
from matcher.settlements.words import reason_of

router = APIRouter(tags=["batches"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("batches:read"))]
Pusher = Annotated[Caller, Depends(requires("feeds:push"))]
Decider = Annotated[Caller, Depends(requires("batches:decide"))]
FeedAsked = Annotated[str | None, Query(max_length=64)]


@router.get("/corrections", responses=problems(*REFUSALS, CursorInvalid))
def list_corrections(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
    page: Paged,
    session: Writing,
    caller: Reader,
    feed: FeedAsked = None,
    state: Annotated[
        Literal["open", "answered"] | None, Query(description="Narrows each page: a page may hold fewer, or none")
    ] = None,
    answer: Annotated[
        Literal["corrected-at-source", "confirmed-right", "cannot-verify"] | None,
        Query(description="Narrows each page. confirmed-right without a decision: the agency insists, decide"),
    ] = None,
) -> CorrectionPageOut:
    """Rows that visits, or a stated rule where the area has the screen `feed-disagrees` on, found wrong: to be checked
    and put right within ten working days (政务数据共享条例 第二十六条).

    An agency sees its own. `answered` once a later delivery no longer has the row as it was, or the agency said what
    checking came to; `overdue` when neither was in time. Nothing here says what the county knows of the person.
    """
    office, ring = _office(page.request, session), page.request.app.state.ring
    found = ask_corrections(office, caller, feed, page.after("correction", ""), page.limit)
    following = page.onwards("correction", found and found[-1].correction_id, full=len(found) == page.limit)
    shown = [one for one in found if state in (None, one.state) and answer in (None, one.word and one.word.said)]
    if shown:
        note(session, ring, caller, "correction.list", None, records=_records(shown))
    return CorrectionPageOut(corrections=[_out(office, ring, one) for one in shown], cursor=following)


@router.get(
    "/corrections/export.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(TooManyRequests, *REFUSALS)},
)
def export_corrections(request: Request, session: Writing, caller: Reader, feed: FeedAsked = None) -> Response:
    """The open requests as a workbook to fill in and send back: the row's own key and line, what to check, and empty
    columns for the result. At most 5 000, the oldest first, and the list says so."""
    office, ring = _office(request, session), request.app.state.ring
    found = [one for one in ask_corrections(office, caller, feed, "", MOST_ROWS) if one.state == "open"]
    note(session, ring, caller, "correction.export", None, records=_records(found))
    headers = {"Content-Disposition": 'attachment; filename="corrections.xlsx"', "Cache-Control": "no-store"}
    return Response(corrections_workbook(office, found), media_type=XLSX, headers=headers)


@router.post(
    "/corrections/answers",
    dependencies=[Depends(dear("file"))],
    openapi_extra=FILE_BODY,
    responses=problems(
        TooManyRequests, *REFUSALS, *REPEATS, FileUnreadable, CorrectionSheetWrong, DigestMismatch, BodyTooLarge
    ),
)
def answer_corrections(request: Request, session: Writing, caller: Pusher, content: WholeBody) -> CorrectionRowsOut:
    """The list of `export.xlsx` sent back, filled in: each row is recorded, unchanged (said before), blank, or refused
    with the way out; the others count all the same. Sending it again writes nothing twice."""
    office, ring = _office(request, session), request.app.state.ring
    told = answer_by_list(office, ring, caller, content)
    recorded = [one.correction_id for one in told if one.result == "recorded"]
    if recorded:
        note(session, ring, caller, "correction.answer", None, corrections=recorded)
    return CorrectionRowsOut(
        counts=dict(Counter(one.result for one in told)), rows=[CorrectionRowOut(**asdict(one)) for one in told]
    )


@router.post(
    "/corrections/{correction_id}/answer",
    responses=problems(*REFUSALS, *REPEATS, NotFound, CorrectionNotYours, ReasonMissing),
)
def answer_correction(
    request: Request, session: Writing, caller: Pusher, correction_id: str, body: CorrectionAnswerIn
) -> CorrectionOut:
    """What checking a row at its source came to. The same answer again writes nothing; another one takes its place.

    `confirmed-right` goes back to the county office, where a person decides.
    """
    office, ring = _office(request, session), request.app.state.ring
    one, written = answer_one(office, ring, caller, correction_id, (body.answer, body.reason))
    if written:
        note(session, ring, caller, "correction.answer", None, corrections=[correction_id], answer=body.answer)
    return _out(office, ring, one)


@router.post("/corrections/{correction_id}/decision", responses=problems(*REFUSALS, *REPEATS, NotFound, Conflict))
def decide_correction(
    request: Request, session: Writing, caller: Decider, correction_id: str, body: CorrectionDecisionIn
) -> CorrectionOut:
    """Who is right where an agency says that its row is: `agency-right` ends the request, `visit-right` opens it."""
    office, ring = _office(request, session), request.app.state.ring
    one, written = decide(office, ring, caller, correction_id, (body.decision, body.reason))
    if written:
        note(session, ring, caller, "correction.decide", None, corrections=[correction_id], decision=body.decision)
    return _out(office, ring, one)


def _office(request: Request, session: Session) -> Office:
    state = request.app.state
    ring: KeyRing = state.ring
    return Office(session, state.files, ring.macs, calendar_of(state.desk.settings), state.desk.today())


def _place(office: Office, batch_id: str, line: int) -> str:
    return place_of(line, office.session.get_one(Batch, batch_id).reading or {}).in_words()


def _records(shown: list[Correction]) -> list[str]:
    return [f"{one.batch_id}:{one.line}" for one in shown]


def _out(office: Office, ring: KeyRing, one: Correction) -> CorrectionOut:
    return CorrectionOut(
        correction_id=one.correction_id,
        batch_id=one.batch_id,
        line=one.line,
        place=_place(office, one.batch_id, one.line),
        feed=one.feed,
        kind=one.mistake.kind,
        title=one.mistake.title,
        request=one.mistake.request,
        fields=list(one.fields),
        found_on=one.found_on,
        due_on=one.due_on,
        state=one.state,
        answered_by=one.answered_by,
        stands=None if one.stands is None else PlaceOut(batch_id=one.stands[0], line=one.stands[1]),
        stands_place=None if one.stands is None else _place(office, *one.stands),
        overdue=one.overdue,
        answer=None if one.word is None else one.word.said,
        reason=None if one.word is None else reason_of(ring, one.word),
        answered_at=None if one.word is None else one.word.said_at,
        decision=one.decision,
    )
