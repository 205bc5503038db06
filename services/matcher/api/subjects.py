"""The answer to "who saw me, and why", for one subject or registered person."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from kit.auth import Caller, requires
from kit.limits import TooManyRequests, dear
from kit.problems import NotFound, problems
from kit.sheets_out import XLSX
from kit.sights import SubjectReportOut, workbook
from kit.web import Writing
from matcher.api.door import REFUSALS
from matcher.api.holds import PLACES
from matcher.audit.store import note
from matcher.flows.report_subject import report
from matcher.retention.store import thing
from matcher.reviews.tables import Review

router = APIRouter(tags=["oversight"])
Answerer = Annotated[Caller, Depends(requires("audit:report"))]
After = Annotated[int, Query(ge=0, le=2**53, description="Only entries of the journal above this number")]
KNOWN = [*PLACES["subject"], (Review.candidate_id, Review.area)]


def made(request: Request, session: Writing, caller: Answerer, subject_id: str, after: After = 0) -> SubjectReportOut:
    """The report on somebody of the caller's area, journaled. Raises NotFound."""
    thing(session, caller, "subject", subject_id, KNOWN)
    found = report(session, caller, subject_id, after)
    note(session, request.app.state.ring, caller, "subject.report", subject_id, lines=len(found.lines))
    return found


Made = Annotated[SubjectReportOut, Depends(made)]


@router.post(
    "/subjects/{subject_id}/report",
    dependencies=[Depends(dear("report"))],
    responses=problems(TooManyRequests, *REFUSALS, NotFound),
)
def report_subject(found: Made) -> SubjectReportOut:
    """Who saw or used what the matcher holds of this subject or registered person, when and for which purpose; ranges
    that may have held them included. Making the report is an entry of the journal itself."""
    return found


@router.post(
    "/subjects/{subject_id}/report.xlsx",
    dependencies=[Depends(dear("report"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(TooManyRequests, *REFUSALS, NotFound)},
)
def report_subject_workbook(found: Made) -> Response:
    """The same as a workbook in Chinese, to hand to the person."""
    headers = {"Content-Disposition": 'attachment; filename="report.xlsx"'}
    return Response(workbook(found), media_type=XLSX, headers=headers)
