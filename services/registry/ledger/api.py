"""Cases: put by leads, opened by hand, listed for townships, with their history.

The steps of a case stand in `steps_api`; POST `/cases/outcomes` (a list as JSON or as a sheet) in `sheet_api`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Depends, Path, Query, Request

from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, NotFound, Problem, problems
from kit.scope import covers, prefix
from kit.shapes import UnderArea
from registry.access.problems import AreaOutside
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.reveals import READ_PROBLEMS, Asked, Unmasking, tell
from registry.audit.store import note
from registry.changes.store import append as announce
from registry.desk import Desk, reads, writes
from registry.ledger import answers_up, steps_api, store
from registry.ledger.book import Book, of_cases
from registry.ledger.hand_in import open_by_hand
from registry.ledger.lead_in import Put, put_leads
from registry.ledger.outcome_codes import OUTCOMES
from registry.ledger.outcome_schemas import AnswersUpOut, HistoryOut, OutcomeCodeOut, OutcomeCodesOut
from registry.ledger.problems import HouseholdHasOpenCase, LeadTaken
from registry.ledger.schemas import (
    CaseIn,
    CaseOut,
    CasePageOut,
    LeadIn,
    LeadPutOut,
    LeadsIn,
    LeadsPutOut,
    Standing,
    State,
)
from registry.ledger.shield import shielded
from registry.ledger.show import people_of, show, show_history
from registry.ledger.steps_api import shown
from registry.ledger.tables import Case
from registry.settings import today
from registry.table import IdempotentRoute

router = APIRouter(tags=["ledger"], route_class=IdempotentRoute)
Leading = Annotated[Desk, Depends(writes("cases:lead"))]
Reader = Annotated[Desk, Depends(writes("cases:read"))]
Worker = Annotated[Desk, Depends(writes("cases:write"))]
LeadId = Annotated[str, Path(min_length=1, max_length=64)]
Flag = Literal["线索撤回", "仍在发放", "审批不通过", "新情况", "期满复查", "重新打开"]
REFUSED_LEADS: dict[str, type[Problem]] = {cls.code: cls for cls in (AreaOutside, LeadTaken)}


class CaseQuery:
    """What a list of cases may be narrowed to."""

    def __init__(  # noqa: PLR0913, PLR0917 - a query has its parameters
        self,
        request: Request,
        area: UnderArea = None,
        state: State | None = None,
        due_before: Annotated[date | None, Query(description="Its `due_on` is before, closed or not")] = None,
        waits_before: Annotated[
            date | None, Query(description="Something is to be done about it, as it stands, before this day")
        ] = None,
        flag: Flag | None = None,
        overdue: Annotated[bool | None, Query(description="Somebody is late with it today")] = None,
        standing: Annotated[Standing | None, Query(description="Where any of its items stands")] = None,
        relapse: Annotated[
            bool | None, Query(description="Opened again, or the household's case was closed before")
        ] = None,
    ) -> None:
        self.area = area
        self.filter = store.CaseFilter(
            area=prefix(area) if area else None, state=state, due_before=due_before, waits_before=waits_before,
            flag=flag, overdue=overdue, day=today(request.app.state.settings), standing=standing, relapse=relapse,
        )  # fmt: skip


Narrowed = Annotated[CaseQuery, Depends(CaseQuery)]


@router.put("/cases/by-lead", responses=problems(*REFUSALS, *REPEATS))
def put_cases_by_lead(desk: Leading, body: LeadsIn) -> LeadsPutOut:
    """Up to 500 leads at once, as `/cases/by-lead/{lead_id}` takes one; one refused does not stop the others.

    A lead that was not taken has a `code`: `area-outside` or `lead-taken`.
    """
    puts = _put(desk, [(lead.lead_id, lead) for lead in body.leads])
    return LeadsPutOut(
        results=[
            LeadPutOut.model_validate(
                {
                    "lead_id": put.lead_id,
                    "case_id": put.case.case_id if put.case else None,
                    "state": put.case.state if put.case else None,
                    "code": put.code,
                }
            )
            for put in puts
        ]
    )


@router.get("/cases/by-lead/answers", responses=problems(*REFUSALS, CursorInvalid))
def list_answers_up(desk: Leading, page: Paged) -> AnswersUpOut:
    """Answers that hold about leads the prefecture matched, in full, for the program that takes them back to it."""
    rows = answers_up.page(desk.session, desk.caller, str(page.after("answer", "")), page.limit)
    told = [answers_up.out(desk.ring, *row) for row in rows]
    note(desk.session, desk.ring, desk.caller, "case.answers-up", None, leads=[one.lead_id for one in told])
    last = rows[-1][0].item_id if rows else ""
    return AnswersUpOut(answers=told, cursor=page.onwards("answer", last, full=len(rows) == page.limit))


@router.put("/cases/by-lead/{lead_id}", responses=problems(*REFUSALS, *REPEATS, AreaOutside, LeadTaken))
def put_case_by_lead(desk: Leading, lead_id: LeadId, body: LeadIn) -> CaseOut:
    """Bring the case of a lead up to date; opens one where the household (or person) has none open.

    Idempotent by `lead_version`: a version already known, or an older one, changes nothing. A withdrawn lead closes
    a case nobody has taken over (线索撤回) and flags one that somebody has. A lead whose item is settled comes back
    only with `knows_outcome`, the outcome that holds.
    """
    put = _put(desk, [(lead_id, body)])[0]
    if put.case is None:
        raise REFUSED_LEADS[put.code or ""]
    return shown(desk, put.case)


def _put(desk: Desk, leads: list[tuple[str, LeadIn]]) -> list[Put]:
    book = Book.at(desk)
    puts = put_leads(book, leads)
    changed = [put for put in puts if put.changed and put.case]
    if changed:
        announce(desk.session, book.write())
        versions = {put.lead_id: lead.lead_version for put, (_, lead) in zip(puts, leads, strict=True) if put.changed}
        one = changed[0].case if len(changed) == 1 else None
        note(desk.session, desk.ring, desk.caller, "case.lead", one.case_id if one else None, leads=versions)
    return puts


@router.post(
    "/cases", status_code=201, responses=problems(*REFUSALS, *REPEATS, AreaOutside, AreaUnknown, HouseholdHasOpenCase)
)
def create_case(desk: Worker, body: CaseIn) -> CaseOut:
    """Open a case by hand: somebody who may be missed or wrongly supported, or a problem with no person."""
    if not covers(desk.caller.area, body.area):
        raise AreaOutside
    require(desk.session, desk.caller, body.area)
    book = Book.at(desk)
    case = open_by_hand(book, body)
    announce(desk.session, book.write())
    note(desk.session, desk.ring, desk.caller, "case.create", case.case_id)
    desk.tag(case.version)
    desk.locate("get_case", case_id=case.case_id)
    return shown(desk, case)


@router.get("/cases", responses=problems(*REFUSALS, *READ_PROBLEMS, AreaUnknown, CursorInvalid))
def list_cases(desk: Reader, narrowed: Narrowed, page: Paged, asked: Asked) -> CasePageOut:
    """Cases of the caller's area in the order they were opened; `area` narrows to a subtree. Masked, unless a token
    whose purpose is to reveal gives a `reason`: then everybody on the page is counted."""
    require(desk.session, desk.caller, narrowed.area)
    rows = store.page(desk.session, desk.caller, narrowed.filter, str(page.after("case", "")), page.limit)
    cases = seen_cases(desk, rows, asked)
    seen = [row.case_id for row in rows]
    note(desk.session, desk.ring, desk.caller, "case.list", None, cases=seen, **_looked(desk, asked))
    last = rows[-1].case_id if rows else ""
    return CasePageOut(cases=cases, cursor=page.onwards("case", last, full=len(rows) == page.limit))


def seen_cases(desk: Desk, rows: Sequence[Case], asked: Unmasking) -> list[CaseOut]:
    """These cases as they were asked for; in the clear once everybody is counted. Raises RevealPurposeMissing,
    RevealBudgetSpent."""
    revealed, day = asked.of(desk.caller), today(desk.settings)
    items = of_cases(desk.session, [row.case_id for row in rows])
    if revealed:
        tell(desk, [one for row in rows for one in people_of(desk.ring, row, items.get(row.case_id, []))])
    shown_ = [show(desk.ring, day, row, items.get(row.case_id, []), revealed=revealed) for row in rows]
    return shielded(desk.session, desk.caller, shown_)


def _looked(desk: Desk, asked: Unmasking) -> dict[str, object]:
    """How cases were looked at, for the journal."""
    revealed = asked.of(desk.caller)
    return {"revealed": revealed, **({"reason": asked.reason} if revealed else {})}


@router.get("/cases/outcome-codes", dependencies=[Depends(reads("cases:read"))], responses=problems(*REFUSALS))
def list_outcome_codes() -> OutcomeCodesOut:
    """The codes a visit can come to, what each needs and what follows."""
    names = [name for name in OutcomeCodeOut.model_fields if name != "programmes"]
    return OutcomeCodesOut(
        codes=[
            OutcomeCodeOut(**{name: getattr(code, name) for name in names}, programmes=sorted(code.programmes))
            for code in OUTCOMES.values()
        ]
    )


@router.get("/cases/{case_id}", responses=problems(*REFUSALS, *READ_PROBLEMS, NotFound))
def get_case(desk: Reader, case_id: str, asked: Asked) -> CaseOut:
    """One case with everybody in it; masked, unless a token whose purpose is to reveal gives a `reason`."""
    case = store.find(desk.session, desk.caller, case_id)
    out = seen_cases(desk, [case], asked)[0]
    note(desk.session, desk.ring, desk.caller, "case.read", case_id, **_looked(desk, asked))
    desk.tag(case.version)
    return out


@router.get("/cases/{case_id}/history", responses=problems(*REFUSALS, NotFound))
def get_case_history(desk: Reader, case_id: str) -> HistoryOut:
    """Everything that happened to a case and was reported on it; without names, numbers and notes."""
    case = store.find(desk.session, desk.caller, case_id)
    note(desk.session, desk.ring, desk.caller, "case.history", case_id)
    return show_history(case, *store.history(desk.session, case_id))


assert set(get_args(Flag)) == set(steps_api.FLAGS)  # the contract names every flag there is
