"""Taking cases over, one or hundreds: who is responsible, for which measure, until when.

That is the receipt of their leads. `accept_many(desk, cases) -> [StepOut …]` answers each by itself.
"""

from collections.abc import Sequence
from typing import cast

from sqlmodel import col, select

from kit.columns import now
from kit.scope import within
from registry.audit.store import note
from registry.changes.store import append as tell
from registry.desk import Desk
from registry.ledger import states
from registry.ledger.book import BULK, Book
from registry.ledger.problems import StepRefused, row_error
from registry.ledger.schemas import AcceptIn, AcceptOneIn, State, StepOut, StepsOut
from registry.ledger.store import kept_open
from registry.ledger.tables import Case


def accept(book: Book, case: Case, body: AcceptIn) -> None:
    """Take a case over. Raises StepRefused unless it waits for that."""
    if not states.may("accept", case.state):
        raise StepRefused(state=states.LABELS[case.state], step="签收")
    case.accepted_at, case.accepted_by, case.assigned_to = now(), book.caller.client_id, None
    case.responsible_unit, case.responsible_person = body.responsible_unit, body.responsible_person
    case.measure = body.measure
    case.due_on = body.due_on or case.due_on or book.terms.verify_by(book.day, case.tier)
    book.step(case, "accept")


def accept_many(desk: Desk, cases: Sequence[AcceptOneIn]) -> list[StepOut]:
    """Take over these cases in order. One already taken over in the same words is `unchanged`."""
    book = Book.at(desk)
    mine = in_scope(book, [one.case_id for one in cases])
    results = [_accept_one(book, index, mine.get(one.case_id), one) for index, one in enumerate(cases)]
    taken = [one.case_id for one in results if one.result == "taken"]
    if taken:
        tell(desk.session, book.write())
        note(desk.session, desk.ring, desk.caller, "case.accept", cases=taken)
    return results


def in_scope(book: Book, case_ids: Sequence[str]) -> dict[str, Case]:
    """Those of these cases that lie in the caller's area, in hand."""
    if book.caller.terms is not None:  # also by a sheet: no step of the house is another agency's
        return {}
    wanted = sorted(set(case_ids))
    for start in range(0, len(wanted), BULK):
        part = wanted[start : start + BULK]
        seen = (within(book.caller, col(Case.area)), kept_open(book.caller))
        query = select(Case.case_id).where(col(Case.case_id).in_(part), *seen)
        book.hold(book.session.exec(query).all())
    return {one: book.cases[one] for one in wanted if one in book.cases}


def _accept_one(book: Book, index: int, case: Case | None, one: AcceptOneIn) -> StepOut:
    if case is None:
        return step_out(index, one.case_id, None, "not-found")
    same = (one.responsible_unit, one.responsible_person, one.measure)
    if case.accepted_at is not None and same == (case.responsible_unit, case.responsible_person, case.measure):
        return step_out(index, one.case_id, case, None, taken=False)
    if one.version not in (None, case.version):
        return step_out(index, one.case_id, case, "version-mismatch")
    if not states.may("accept", case.state):
        return step_out(index, one.case_id, case, "step-refused")
    accept(book, case, one)
    return step_out(index, one.case_id, case, None)


def step_out(index: int, case_id: str, case: Case | None, code: str | None, *, taken: bool = True) -> StepOut:
    """What became of one case of many: taken, unchanged, or refused with `code`."""
    state = cast(State, case.state) if case else None
    return StepOut(
        index=index,
        case_id=case_id,
        state=state,
        version=case.version if case else None,
        result="refused" if code else "taken" if taken else "unchanged",
        errors=[row_error(code)] if code else [],
    )


def summed(results: list[StepOut]) -> StepsOut:
    """The answers with their counts."""
    counts = {name: sum(one.result == name for one in results) for name in ("taken", "unchanged", "refused")}
    return StepsOut(**counts, results=results)
