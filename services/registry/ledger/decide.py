"""The second person: outcomes confirmed or sent back. Whoever reported one cannot confirm it."""

from collections.abc import Sequence

from sqlmodel import col, select

from registry.audit.store import note
from registry.changes.store import append as tell
from registry.desk import Desk
from registry.ledger import authority, states
from registry.ledger.accept import in_scope, step_out
from registry.ledger.book import BULK, Book, reset
from registry.ledger.outcome_codes import OUTCOMES
from registry.ledger.problems import SecondPersonNeeded, StepRefused
from registry.ledger.schemas import ApproveOneIn, ReturnIn, StepOut
from registry.ledger.tables import Authority, Case, CaseEvent, CaseItem, Outcome


def approve(book: Book, case: Case) -> None:
    """Confirm every outcome of the case that waits for it. Raises StepRefused, SecondPersonNeeded,
    AuthorityReserved."""
    waiting = _waiting(book, case, "审核")
    if book.caller.client_id in _reporters(book, [case]).values():
        raise SecondPersonNeeded
    authority.check(book.session, book.caller, case.area, [item.code or "" for item in waiting], book.day)
    _approve(book, case, waiting)


def _approve(book: Book, case: Case, waiting: Sequence[CaseItem]) -> None:
    for item in waiting:
        code = OUTCOMES[item.code or ""]
        if code.after == "in-progress":
            book.await_import(item, code.code)
        else:
            book.settle(item, code.title)
    book.step(case, "approve")


def send_back(book: Book, case: Case, body: ReturnIn) -> None:
    """Send outcomes back to those who verified, with a reason. Raises StepRefused when none of them waits."""
    waiting = _waiting(book, case, "退回")
    chosen = [item for item in waiting if not body.items or item.item_id in body.items]
    if not chosen:
        raise StepRefused(state=states.LABELS[case.state], step="退回")
    for item in chosen:
        reset(item, item.reopened_reason)
    case.returned = True
    book.say(case, body.reason)
    book.step(case, "return")


def _waiting(book: Book, case: Case, step: str) -> list[CaseItem]:
    waiting = _awaiting(book, case)
    if not waiting:
        raise StepRefused(state=states.LABELS[case.state], step=step)
    return waiting


def _awaiting(book: Book, case: Case) -> list[CaseItem]:
    if case.state == states.SUSPENDED:
        return []
    return [item for item in book.of(case) if item.standing == states.AWAITING_APPROVAL]


def _reporters(book: Book, cases: Sequence[Case]) -> dict[str, str]:
    """Who reported the outcomes of these cases that wait."""
    ids = [item.outcome_id or "" for case in cases for item in _awaiting(book, case)]
    found: dict[str, str] = {}
    for start in range(0, len(ids), BULK):
        query = select(Outcome.outcome_id, Outcome.reported_by).where(
            col(Outcome.outcome_id).in_(ids[start : start + BULK])
        )
        found.update((row[0], row[1]) for row in book.session.exec(query))
    return found


def approve_many(desk: Desk, cases: Sequence[ApproveOneIn]) -> list[StepOut]:
    """Confirm the outcomes of these cases in order. One this client has confirmed already is `unchanged`."""
    book = Book.at(desk)
    mine = in_scope(book, [one.case_id for one in cases])
    reporters = _reporters(book, list(mine.values()))
    done = _approved(book, list(mine))
    rules: dict[str, dict[str, Authority]] = {}  # of each county, read once
    results = []
    for index, one in enumerate(cases):
        case = mine.get(one.case_id)
        code = "not-found" if case is None else _why_not(book, case, one, reporters, rules)
        if case is not None and code is None:
            _approve(book, case, _awaiting(book, case))
            done.add(case.case_id)
        same = code in ("step-refused", "version-mismatch") and case is not None and not _awaiting(book, case)
        if same and one.case_id in done:
            results.append(step_out(index, one.case_id, case, None, taken=False))
        else:
            results.append(step_out(index, one.case_id, case, code))
    taken = [one.case_id for one in results if one.result == "taken"]
    if taken:
        tell(desk.session, book.write())
        note(desk.session, desk.ring, desk.caller, "case.approve", cases=taken)
    return results


def _why_not(
    book: Book, case: Case, one: ApproveOneIn, reporters: dict[str, str], rules: dict[str, dict[str, Authority]]
) -> str | None:
    if one.version not in (None, case.version):
        return "version-mismatch"
    waiting = _awaiting(book, case)
    if not waiting:
        return "step-refused"
    if any(reporters.get(item.outcome_id or "") == book.caller.client_id for item in waiting):
        return "second-person-needed"
    county = authority.county_of(case.area)
    if county not in rules:
        rules[county] = authority.rules_on(book.session, county, book.day)
    if authority.reserved_from(book.caller, rules[county], [item.code or "" for item in waiting]) is not None:
        return "authority-reserved"
    return None


def _approved(book: Book, case_ids: Sequence[str]) -> set[str]:
    """Those of these cases this client has confirmed before."""
    found: set[str] = set()
    for start in range(0, len(case_ids), BULK):
        query = select(CaseEvent.case_id).where(
            col(CaseEvent.case_id).in_(case_ids[start : start + BULK]),
            col(CaseEvent.action) == "approve",
            col(CaseEvent.actor) == book.caller.client_id,
        )
        found.update(book.session.exec(query).all())
    return found
