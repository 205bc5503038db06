"""The answer to "who saw me, and why", for one person of the registry."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from kit.limits import TooManyRequests, dear
from kit.problems import REFUSALS, NotFound, problems
from kit.sheets_out import XLSX
from kit.sights import SubjectReportOut, workbook
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.oversight.schemas import SubjectFoundOut
from registry.oversight.subject_report import report
from registry.persons import store as persons
from registry.persons.problems import IdentifierAmbiguous
from registry.persons.schemas import PersonLookupIn

router = APIRouter(tags=["oversight"])
Answerer = Annotated[Desk, Depends(writes("audit:report"))]
After = Annotated[int, Query(ge=0, le=2**53, description="Only entries of the journal above this number")]


@router.post(
    "/subjects/find",
    dependencies=[Depends(dear("lookup"))],
    responses=problems(TooManyRequests, *REFUSALS, NotFound, IdentifierAmbiguous),
)
def find_subject(desk: Answerer, body: PersonLookupIn) -> SubjectFoundOut:
    """The id of whoever asks, by the number and name on their card; nothing else of them is told."""
    key = persons.number_key(body.id_number)
    holders = persons.holders(desk.session, desk.ring, desk.caller, [key]).get(key, []) if key else []
    found = persons.chosen(holders, body.name)
    if not found:
        raise NotFound
    if len(found) > 1:
        raise IdentifierAmbiguous(count=len(found))
    note(desk.session, desk.ring, desk.caller, "subject.find", found[0].person_id)
    return SubjectFoundOut(subject_id=found[0].person_id)


@router.post(
    "/subjects/{subject_id}/report",
    dependencies=[Depends(dear("report"))],
    responses=problems(TooManyRequests, *REFUSALS, NotFound),
)
def report_subject(desk: Answerer, subject_id: str, after: After = 0) -> SubjectReportOut:
    """Who saw or changed this person's data, when, what of it and for which purpose; ranges that may have held them
    included. Making the report is an entry of the journal itself."""
    return _report(desk, subject_id, after)


@router.post(
    "/subjects/{subject_id}/report.xlsx",
    dependencies=[Depends(dear("report"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(TooManyRequests, *REFUSALS, NotFound)},
)
def report_subject_workbook(desk: Answerer, subject_id: str, after: After = 0) -> Response:
    """The same as a workbook in Chinese, to hand to the person."""
    content = workbook(_report(desk, subject_id, after))
    return Response(content, media_type=XLSX, headers={"Content-Disposition": 'attachment; filename="report.xlsx"'})


def _report(desk: Desk, subject_id: str, after: int) -> SubjectReportOut:
    person = persons.find(desk.session, desk.caller, subject_id)
    made = report(desk.session, desk.caller, person.person_id, after)
    note(desk.session, desk.ring, desk.caller, "subject.report", person.person_id, lines=len(made.lines))
    return made
