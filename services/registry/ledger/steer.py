"""What else humans do with a case: hand it on, let it rest, open it again, close it."""

from dataclasses import replace
from datetime import date

from kit.columns import new_id, now
from kit.scope import covers, sees
from registry.access.account_tables import Account
from registry.access.roles import scopes_of
from registry.access.tables import Client
from registry.areas import store as areas
from registry.areas.problems import AreaUnknown
from registry.ledger import evidence, states
from registry.ledger.book import PROBLEM, Book, reset
from registry.ledger.evidence_problems import EvidenceMissing
from registry.ledger.lead_in import open_cases
from registry.ledger.problems import AssigneeUnknown, HouseholdHasOpenCase, SecondPersonNeeded, StepRefused
from registry.ledger.schemas import AssignIn, ReasonIn, ReopenIn, SuspendIn, TransferIn
from registry.ledger.store import town_of
from registry.ledger.tables import Case

_SAID = {
    "assign": "指派", "transfer": "移交", "suspend": "挂起", "resume": "恢复", "reopen": "重新打开",
    "close": "人工办结",
}  # fmt: skip


def _check(case: Case, step: str) -> None:
    if not states.may(step, case.state):
        raise StepRefused(state=states.LABELS[case.state], step=_SAID[step])


def assign(book: Book, case: Case, body: AssignIn) -> None:
    """Somebody else is responsible from now on; where an account is named, only that one sees whom it is about.

    Raises AssigneeUnknown.
    """
    _check(case, "assign")
    case.assigned_to = body.account_id and _assignee(book, case, body.account_id)
    case.responsible_unit, case.responsible_person = body.responsible_unit, body.responsible_person
    case.measure, case.due_on = body.measure or case.measure, body.due_on or case.due_on
    case.assigned_agency, case.assigned_until = body.agency, body.agency_until
    case.assigned_from = None if body.agency is None else book.day
    book.step(case, "assign")


def _assignee(book: Book, case: Case, account_id: str) -> str:
    """An account or client that is in use and may work on a case of that area, within the caller's own."""
    found = book.session.get(Account, account_id) or book.session.get(Client, account_id)
    if found is None or found.disabled_at is not None or not covers(book.caller.area, found.area):
        raise AssigneeUnknown
    scopes = scopes_of(found.roles) if isinstance(found, Account) else found.scopes
    if "cases:read" not in scopes or not sees(replace(book.caller, area=found.area), case.area):
        raise AssigneeUnknown
    return account_id


def transfer(book: Book, case: Case, body: TransferIn, day: date) -> None:
    """To another known area of the same county, where it waits to be taken over.

    Both areas' followers hear of it; its leads' areas move it no longer. Raises AreaUnknown.
    """
    _check(case, "transfer")
    known = areas.current(book.session, body.area, day)
    if known is None or body.area[:6] != case.area[:6] or body.area == case.area:
        raise AreaUnknown(area=body.area)
    book.touch(case)
    before, case.area, case.area_fixed = case.state, body.area, True
    case.town = town_of(body.area)
    case.accepted_by = case.assigned_to = None
    case.accepted_at = case.responsible_unit = case.responsible_person = case.measure = None
    case.assigned_agency = case.assigned_from = case.assigned_until = None
    case.accept_due_on = book.terms.accept_by(book.day)
    case.state = states.AWAITING_ACCEPTANCE
    book.say(case, body.reason)
    book.step(case, "transfer", before)


def suspend(book: Book, case: Case, body: SuspendIn) -> None:
    """Let a case rest, with a reason and if possible until a day; after that day it counts as overdue."""
    _check(case, "suspend")
    before, case.state, case.suspended_until = case.state, states.SUSPENDED, body.until
    book.say(case, body.reason)
    book.step(case, "suspend", before)


def resume(book: Book, case: Case) -> None:
    """Go on where the case stood."""
    _check(case, "resume")
    case.state = states.VERIFYING
    book.step(case, "resume", states.SUSPENDED)


def reopen(book: Book, case: Case, body: ReopenIn) -> None:
    """Verify again: a closed case, or one whose application was refused (审批不通过).

    Raises StepRefused, HouseholdHasOpenCase.
    """
    _check(case, "reopen")
    closed = case.state == states.CLOSED
    if closed:
        there = open_cases(book, [case.subject_key]).get(case.subject_key)
        if there:
            raise HouseholdHasOpenCase(case_id=there[0].case_id)
    wanted = states.SETTLED if closed else states.IN_PROGRESS
    chosen = [item for item in book.of(case) if item.standing == wanted]
    chosen = [item for item in chosen if not body.items or item.item_id in body.items]
    if not chosen and not case.subject_key.startswith(PROBLEM):
        raise StepRefused(state=states.LABELS[case.state], step=_SAID["reopen"])
    for item in chosen:
        reset(item, states.BY_HAND if closed else states.NOT_GRANTED)
    before = case.state
    book.say(case, body.reason)
    if not chosen:  # a problem: no item carries its state
        case.state = states.AWAITING_ACCEPTANCE
    book.step(case, "reopen", before)


def close(book: Book, case: Case, body: ReasonIn) -> None:
    """Close by hand, with a reason: whatever still stood open is settled as 人工办结 by this step.

    Raises StepRefused, EvidenceMissing, SecondPersonNeeded: it takes proof that somebody else attached (L7).
    """
    _check(case, "close")
    proofs = evidence.standing(book.session, case.case_id)
    if not proofs:
        raise EvidenceMissing
    closer = book.caller.client_id
    if closer in (case.accepted_by, case.assigned_to) or all(one.added_by == closer for one in proofs):
        raise SecondPersonNeeded
    step_id = new_id()
    for item in book.of(case):
        if item.standing != states.SETTLED:
            # The matcher returns a lead only in spite of what it has heard of: this step stands where an outcome would.
            item.code, item.outcome_id = None, step_id
            item.reported_on, item.answered_version = book.day, item.lead_version
            book.settle(item, states.CLOSED_BY_HAND)
    before = case.state
    if not book.of(case):
        case.state, case.closed_at = states.CLOSED, now()
    book.say(case, body.reason)
    book.step(case, "close", before, event_id=step_id)
