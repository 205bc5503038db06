"""Outcomes by the hundred: as JSON, or as the list for Excel that goes out and comes back filled in."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import col, select

from kit.database import transaction
from kit.limits import TooManyRequests, dear
from kit.problems import REFUSALS, REPEATS, BodyTooLarge, DigestMismatch, problems
from kit.sheets_out import XLSX
from kit.tables_in import Table, kind_of
from kit.uploads import WholeBody
from kit.watermarks import Watermark
from registry.areas.problems import AreaUnknown
from registry.areas.store import names_of, require
from registry.audit.reveals import EXPORT_PROBLEMS, AskedExport, tell
from registry.audit.store import note
from registry.desk import Counter, Desk, stands, writes
from registry.intake.opening import Refusals, opened
from registry.ledger import list_out, store
from registry.ledger.api import Narrowed
from registry.ledger.book import of_cases
from registry.ledger.mine import Door, Doors, is_mine
from registry.ledger.outcome_schemas import OutcomesIn, OutcomesOut, ReportedOut
from registry.ledger.report import report_many
from registry.ledger.report_sheet import take_sheet
from registry.ledger.sheet_columns import HEADER_OF, MOST_ROWS, NAMES
from registry.ledger.sheet_problems import ListTooLong, SheetColumnsWrong, SheetTooLong, SheetUnreadable
from registry.ledger.sheet_route import SHEET_ANSWER, SHEET_BODY, SheetRoute
from registry.ledger.shield import shielded
from registry.ledger.show import people_of, show
from registry.ledger.tables import Case, CaseItem
from registry.settings import today
from registry.table import IdempotentRoute

router = APIRouter(tags=["ledger"], route_class=SheetRoute)
as_json = APIRouter(tags=["ledger"], route_class=IdempotentRoute)
Reader = Annotated[Desk, Depends(writes("cases:read"))]
Sender = Annotated[Counter, Depends(stands("cases:write"))]
Worker = Annotated[Desk, Depends(writes("cases:write"))]
NOTED = 1000  # cases named by one entry of the journal
REFUSED = Refusals(SheetUnreadable, SheetColumnsWrong, SheetTooLong)
SHEET_PROBLEMS = (BodyTooLarge, DigestMismatch, SheetUnreadable, SheetColumnsWrong, SheetTooLong)


@router.get(
    "/cases/export.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}},
        **problems(TooManyRequests, *REFUSALS, *EXPORT_PROBLEMS, AreaUnknown, ListTooLong),
    },
)
def export_cases(desk: Reader, narrowed: Narrowed, asked: AskedExport) -> Response:
    """The list to fill in: a row per person, households together, drop-downs, numbers as text, no formula; watermarked.

    Narrowed as `/cases` is. Identity is masked; of the caller's own cases name, telephone, group, head of household and
    the last four of the number are told, as `/cases/mine` tells them. `identity=full` needs a token whose purpose is to
    reveal, and a reason; everybody on the list is then counted. Send it back to `/cases/outcomes`.
    """
    session, caller, day = desk.session, desk.caller, today(desk.settings)
    require(session, caller, narrowed.area)
    revealed = asked.of(caller)
    cases = _cases(desk, narrowed.filter)
    items = of_cases(session, [case.case_id for case in cases])
    if sum(map(len, items.values())) > MOST_ROWS:
        raise ListTooLong(limit=MOST_ROWS)
    # Another agency's people are told what its agreement names, own case or not.
    doors = {} if revealed or caller.terms is not None else _doors(desk, cases, items)
    mark = Watermark.of(caller, "full" if revealed else "own" if doors else "masked", asked.reason)
    if revealed:
        tell(desk, [one for case in cases for one in people_of(desk.ring, case, items.get(case.case_id, []))])
    area = narrowed.area or caller.area
    names = names_of(session, {area, *(case.area for case in cases)})
    shown = [show(desk.ring, day, case, items.get(case.case_id, []), revealed=revealed) for case in cases]
    fields = None if caller.terms is None else caller.terms.fields
    head = list_out.ListHead(names.get(area, area), day, mark.line)
    content = list_out.workbook(head, shielded(session, caller, shown), names, doors, fields)
    told = {"area": area, "revealed": revealed, "own": len(doors), "reason": asked.reason}
    for start in range(0, max(len(cases), 1), NOTED):
        part = [case.case_id for case in cases[start : start + NOTED]]
        note(session, desk.ring, caller, "case.export", mark.mark_id, **told, cases=part)
    return _workbook(content, "cases.xlsx")


def _doors(desk: Desk, cases: Sequence[Case], items: Mapping[str, Sequence[CaseItem]]) -> dict[str, Door]:
    """The people of the caller's own cases, as they are told at the door."""
    own = {case.case_id: (case, items.get(case.case_id, ())) for case in cases if is_mine(desk.caller, case)}
    doors = Doors.of(desk.session, desk.ring, desk.caller, own)
    return {item.item_id: doors.person(case, item) for case, those in own.values() for item in those}


def _cases(desk: Desk, narrowed: store.CaseFilter) -> Sequence[Case]:
    query = select(Case).where(store.visible(desk.caller), *store.clauses(desk.caller, narrowed))
    order = (col(Case.area), col(Case.household_key), col(Case.case_id))
    cases = desk.session.exec(query.order_by(*order).limit(MOST_ROWS + 1)).all()
    if len(cases) > MOST_ROWS:
        raise ListTooLong(limit=MOST_ROWS)
    return cases


def _workbook(content: bytes, name: str) -> Response:
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@as_json.post(
    "/cases/outcomes",
    responses={200: SHEET_ANSWER, **problems(*REFUSALS, *REPEATS, *SHEET_PROBLEMS)},
    openapi_extra=SHEET_BODY,
)
def report_outcomes(desk: Worker, body: OutcomesIn) -> OutcomesOut:
    """Up to 500 outcomes as JSON, or the list of `/cases/export.xlsx` filled in and sent back (XLSX, XLS or CSV).

    Each is judged by itself; the sound ones are taken. The same outcome (or the same file) again changes nothing.
    Of a sheet, up to 5000 rows, those that state a result are read; columns are found by their names; cases waiting
    to be taken over are, where the row says who is responsible; every mistake is named at its cell. With
    `Accept: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet` the answer is the sender's own rows
    with their results and mistakes.
    """
    return summed(report_many(desk, list(enumerate(body.outcomes))))


@router.post("/cases/outcomes", include_in_schema=False, response_model=OutcomesOut)
def report_outcome_sheet(request: Request, counter: Sender, content: WholeBody) -> OutcomesOut | Response:
    """The list filled in (XLSX, XLS, CSV): every mistake at its cell, the rest taken. See `report_outcomes`."""
    table = _table(content, request.headers.get("content-type", ""))
    taken = take_sheet(counter, table)
    if XLSX in request.headers.get("accept", ""):
        mark = Watermark.of(counter.caller, "sent")
        with transaction(counter.database) as session:
            note(session, counter.ring, counter.caller, "case.answer", mark.mark_id, rows=len(taken.results))
        return _workbook(list_out.answer(table, taken, mark.line), "outcomes.xlsx")
    return summed(taken.results).model_copy(update={"blank": taken.drafts.blank, "accepted": taken.accepted})


def _table(content: bytes, media_type: str) -> Table:
    """The sheet with the columns a report needs. Raises SheetUnreadable, SheetColumnsWrong or SheetTooLong."""
    table = opened(content, NAMES.knows, MOST_ROWS, REFUSED, declared=kind_of(media_type), blanks=True)
    found = NAMES.found(table.headers)
    missing = [HEADER_OF["code"]] if "code" not in found else []
    if not found.keys() & {"lead_id", "item_id"}:
        missing.append(HEADER_OF["lead_id"])
    if missing:
        raise SheetColumnsWrong(missing=missing)
    return table


def summed(results: Sequence[ReportedOut]) -> OutcomesOut:
    """The results with their counts."""
    counts = {name: sum(one.result == name for one in results) for name in ("taken", "unchanged", "refused")}
    return OutcomesOut(**counts, results=list(results))
