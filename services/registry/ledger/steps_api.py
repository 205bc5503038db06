"""The steps of a case: taken over, reported on, confirmed or sent back, handed on, rested, opened again, closed."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from kit.problems import REFUSALS, REPEATS, NotFound, VersionMismatch, VersionMissing, problems
from registry.areas.problems import AreaUnknown
from registry.audit.store import note
from registry.changes.store import append as tell
from registry.desk import Desk, IfMatch, writes
from registry.ledger import decide, states, steer, store
from registry.ledger.accept import accept, accept_many, summed
from registry.ledger.alterations import check_seen
from registry.ledger.book import Book, of_cases
from registry.ledger.decide import approve_many
from registry.ledger.evidence_problems import EvidenceMissing
from registry.ledger.outcome_schemas import OutcomeIn, ReportedOut
from registry.ledger.problems import (
    AssigneeUnknown,
    AuthorityReserved,
    HouseholdHasOpenCase,
    OutcomeDiffers,
    OutcomeRefused,
    SecondPersonNeeded,
    StepRefused,
    as_issues,
)
from registry.ledger.report import report_many
from registry.ledger.schemas import (
    AcceptIn,
    AcceptManyIn,
    ApproveManyIn,
    AssignIn,
    CaseOut,
    ReasonIn,
    ReopenIn,
    ReturnIn,
    StepsOut,
    SuspendIn,
    TransferIn,
)
from registry.ledger.shield import shielded
from registry.ledger.show import show
from registry.ledger.tables import Case
from registry.settings import today
from registry.table import IdempotentRoute

router = APIRouter(tags=["ledger"], route_class=IdempotentRoute)
Worker = Annotated[Desk, Depends(writes("cases:write"))]
Approver = Annotated[Desk, Depends(writes("cases:approve"))]
FLAGS = states.FLAGS


def _refusals(*more: Any) -> dict[int | str, dict[str, Any]]:
    return problems(*REFUSALS, *REPEATS, NotFound, VersionMissing, VersionMismatch, StepRefused, *more)


def shown(desk: Desk, case: Case) -> CaseOut:
    """A case after a step: masked, whatever the token may do; to see whom it means is a call of its own."""
    items = of_cases(desk.session, [case.case_id]).get(case.case_id, [])
    return shielded(desk.session, desk.caller, [show(desk.ring, today(desk.settings), case, items)])[0]


def _step(desk: Desk, case_id: str, if_match: str | None, action: str, do: Callable[[Book, Case], None]) -> CaseOut:
    """One step of one case the caller has seen in its present version."""
    book = Book.at(desk)
    case = store.find(desk.session, desk.caller, case_id)
    check_seen(desk, desk.session, if_match, case)
    book.hold([case_id])
    do(book, case)
    touched = book.write()
    out = shown(desk, case)
    tell(desk.session, touched)
    note(desk.session, desk.ring, desk.caller, f"case.{action}", case_id)
    desk.tag(case.version)
    return out


@router.post("/cases/accept", responses=problems(*REFUSALS, *REPEATS))
def accept_cases(desk: Worker, body: AcceptManyIn) -> StepsOut:
    """Take over up to 500 cases. One already taken over in the same words is `unchanged`."""
    return summed(accept_many(desk, body.cases))


@router.post("/cases/approve", responses=problems(*REFUSALS, *REPEATS))
def approve_cases(desk: Approver, body: ApproveManyIn) -> StepsOut:
    """Confirm the outcomes of up to 500 cases. One this client has confirmed already is `unchanged`."""
    return summed(approve_many(desk, body.cases))


@router.post("/cases/{case_id}/accept", responses=_refusals())
def accept_case(desk: Worker, case_id: str, body: AcceptIn, if_match: IfMatch = None) -> CaseOut:
    """Take a case over: who is responsible, for which measure, until when. That is the receipt of its leads."""
    return _step(desk, case_id, if_match, "accept", lambda book, case: accept(book, case, body))


@router.post("/cases/{case_id}/outcome", responses=_refusals(OutcomeRefused, OutcomeDiffers))
def report_outcome(desk: Worker, case_id: str, body: OutcomeIn, if_match: IfMatch = None) -> CaseOut:
    """Report what a visit came to. The item may go unnamed where the case has one only.

    The same `outcome_id` with the same content changes nothing and needs no present version.
    """
    book = Book.at(desk)  # from here on nobody else changes the case
    case = store.find(desk.session, desk.caller, case_id)
    book.hold([case_id])
    items = book.of(case)
    if body.item_id is None and body.lead_id is None and len(items) == 1:
        body = body.model_copy(update={"item_id": items[0].item_id})
    before = case.model_copy()
    done = report_many(desk, [(0, body)])[0]
    if done.result == "refused" or done.case_id != case_id:
        raise _refusal(done, case)
    if done.result == "taken":
        check_seen(desk, desk.session, if_match, before)
    desk.tag(case.version)
    return shown(desk, case)


def _refusal(done: ReportedOut, case: Case) -> Exception:
    """The problem that says why a single outcome was not taken."""
    codes = {one.code for one in done.errors}
    if "outcome-differs" in codes:
        return OutcomeDiffers()
    if codes & {"not-accepted", "case-suspended", "already-reported", "lead-withdrawn"}:
        return StepRefused(errors=as_issues(done.errors), state=states.LABELS[case.state], step="上报结果")
    return NotFound() if not codes else OutcomeRefused(errors=as_issues(done.errors))


@router.post("/cases/{case_id}/approve", responses=_refusals(SecondPersonNeeded, AuthorityReserved))
def approve_case(desk: Approver, case_id: str, if_match: IfMatch = None) -> CaseOut:
    """Confirm every outcome of the case that waits; another client than the one that reported it."""
    return _step(desk, case_id, if_match, "approve", decide.approve)


@router.post("/cases/{case_id}/return", responses=_refusals())
def return_case(desk: Approver, case_id: str, body: ReturnIn, if_match: IfMatch = None) -> CaseOut:
    """Send outcomes back to be verified again, with the reason."""
    return _step(desk, case_id, if_match, "return", lambda book, case: decide.send_back(book, case, body))


@router.post("/cases/{case_id}/assign", responses=_refusals(AssigneeUnknown))
def assign_case(desk: Worker, case_id: str, body: AssignIn, if_match: IfMatch = None) -> CaseOut:
    """Somebody else is responsible from now on."""
    return _step(desk, case_id, if_match, "assign", lambda book, case: steer.assign(book, case, body))


@router.post("/cases/{case_id}/transfer", responses=_refusals(AreaUnknown))
def transfer_case(desk: Worker, case_id: str, body: TransferIn, if_match: IfMatch = None) -> CaseOut:
    """Hand the case to another area of the same county, which takes it over like a new one."""
    day = today(desk.settings)
    return _step(desk, case_id, if_match, "transfer", lambda book, case: steer.transfer(book, case, body, day))


@router.post("/cases/{case_id}/suspend", responses=_refusals())
def suspend_case(desk: Worker, case_id: str, body: SuspendIn, if_match: IfMatch = None) -> CaseOut:
    """Let the case rest, with a reason, if possible until a day."""
    return _step(desk, case_id, if_match, "suspend", lambda book, case: steer.suspend(book, case, body))


@router.post("/cases/{case_id}/resume", responses=_refusals())
def resume_case(desk: Worker, case_id: str, if_match: IfMatch = None) -> CaseOut:
    """Go on where the case stood."""
    return _step(desk, case_id, if_match, "resume", steer.resume)


@router.post("/cases/{case_id}/reopen", responses=_refusals(HouseholdHasOpenCase))
def reopen_case(desk: Worker, case_id: str, body: ReopenIn, if_match: IfMatch = None) -> CaseOut:
    """Verify again: a closed case, or one whose application was refused (审批不通过)."""
    return _step(desk, case_id, if_match, "reopen", lambda book, case: steer.reopen(book, case, body))


@router.post("/cases/{case_id}/close", responses=_refusals(EvidenceMissing, SecondPersonNeeded))
def close_case(desk: Approver, case_id: str, body: ReasonIn, if_match: IfMatch = None) -> CaseOut:
    """Close by hand, with a reason: what still stood open is settled as 人工办结. It takes evidence that somebody else
    attached, and another one than whoever works on the case."""
    return _step(desk, case_id, if_match, "close", lambda book, case: steer.close(book, case, body))
