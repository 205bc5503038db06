"""Cases: put by leads, listed for townships, taken over."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, NotFound, VersionMismatch, VersionMissing, problems
from kit.scope import covers, prefix
from registry.access.problems import AreaOutside
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell
from registry.desk import Desk, IfMatch, check_version, writes
from registry.ledger import store
from registry.ledger.problems import LeadTaken, StepRefused
from registry.ledger.schemas import AcceptIn, CaseOut, CasePageOut, LeadIn, State
from registry.ledger.show import show
from registry.ledger.tables import Case
from registry.table import IdempotentRoute

router = APIRouter(tags=["ledger"], route_class=IdempotentRoute)
Leading = Annotated[Desk, Depends(writes("cases:lead"))]
Reader = Annotated[Desk, Depends(writes("cases:read"))]
Worker = Annotated[Desk, Depends(writes("cases:write"))]
LeadId = Annotated[str, Path(min_length=1, max_length=64)]


class CaseQuery:
    """What a list of cases may be narrowed to."""

    def __init__(
        self,
        area: Annotated[str | None, Query(pattern=r"^\d{12}$", description="12-digit code; its whole subtree")] = None,
        state: State | None = None,
        due_before: date | None = None,
    ) -> None:
        self.area = area
        self.filter = store.CaseFilter(prefix(area) if area else None, state, due_before)


Narrowed = Annotated[CaseQuery, Depends(CaseQuery)]


@router.put("/cases/by-lead/{lead_id}", responses=problems(*REFUSALS, *REPEATS, AreaOutside, LeadTaken))
def put_case_by_lead(desk: Leading, lead_id: LeadId, body: LeadIn) -> CaseOut:
    """Bring the case of a lead up to date; opens one where the household (or person) has none open.

    Idempotent by `lead_version`: a version already known, or an older one, changes nothing. A withdrawn lead closes
    a case nobody has taken over (线索撤回) and flags one that somebody has.
    """
    session, ring, caller = desk.session, desk.ring, desk.caller
    if not covers(caller.area, body.area):
        raise AreaOutside
    put = store.put_lead(session, ring, caller, lead_id, body)
    out = _shown(desk, put.case)
    if put.touched:
        tell(session, [Touched("case", case_id, area) for case_id, area in put.touched])
        note(session, ring, caller, "case.lead", put.case.case_id, lead=lead_id, version=body.lead_version)
    return out


@router.get("/cases", responses=problems(*REFUSALS, AreaUnknown, CursorInvalid))
def list_cases(desk: Reader, narrowed: Narrowed, page: Paged) -> CasePageOut:
    """Cases of the caller's area in the order they were opened; `area` narrows to a subtree."""
    session, ring, caller = desk.session, desk.ring, desk.caller
    require(session, caller, narrowed.area)
    rows = store.page(session, caller, narrowed.filter, str(page.after("case", "")), page.limit)
    items = store.of_cases(session, [row.case_id for row in rows])
    cases = [show(ring, caller, row, items.get(row.case_id, [])) for row in rows]
    note(session, ring, caller, "case.list", cases=[row.case_id for row in rows])
    last = rows[-1].case_id if rows else ""
    return CasePageOut(cases=cases, cursor=page.onwards("case", last, full=len(rows) == page.limit))


@router.get("/cases/{case_id}", responses=problems(*REFUSALS, NotFound))
def get_case(desk: Reader, case_id: str) -> CaseOut:
    """One case with everybody in it."""
    case = store.find(desk.session, desk.caller, case_id)
    out = _shown(desk, case)
    note(desk.session, desk.ring, desk.caller, "case.read", case_id)
    desk.tag(case.version)
    return out


@router.post(
    "/cases/{case_id}/accept",
    responses=problems(*REFUSALS, *REPEATS, NotFound, VersionMissing, VersionMismatch, StepRefused),
)
def accept_case(desk: Worker, case_id: str, body: AcceptIn, if_match: IfMatch = None) -> CaseOut:
    """Take a case over: who is responsible, for which measure, until when. That is the receipt of its leads."""
    case = store.find(desk.session, desk.caller, case_id)
    check_version(if_match, case.version)
    store.accept(desk.session, desk.caller, case, body)
    out = _shown(desk, case)
    tell(desk.session, [Touched("case", case_id, case.area)])
    note(desk.session, desk.ring, desk.caller, "case.accept", case_id)
    desk.tag(case.version)
    return out


def _shown(desk: Desk, case: Case) -> CaseOut:
    items = store.of_cases(desk.session, [case.case_id]).get(case.case_id, [])
    return show(desk.ring, desk.caller, case, items)
