"""Cases opened by hand: a person somebody named, or a problem with no person (a fund, a notice, a village; L7)."""

from sqlmodel import col, or_, select

from kit.columns import new_id, now
from registry.ledger import states
from registry.ledger.book import PROBLEM, Book
from registry.ledger.lead_in import new_case, number_of, open_cases, seal_snapshot
from registry.ledger.problems import HouseholdHasOpenCase
from registry.ledger.schemas import CaseIn, LeadIn, SnapshotIn
from registry.ledger.store import visible
from registry.ledger.tables import Case, CaseItem
from registry.persons.sealed import ID_NUMBER
from registry.persons.store import number_key

TITLE = "ledger.title"


def open_by_hand(book: Book, body: CaseIn, key: str | None = None) -> Case:
    """A new case waiting to be taken over; `key`: by which whoever opens it knows it again. Raises HouseholdHasOpenCase
    when the person has an open one."""
    key = key or (f"{PROBLEM}{new_id()}" if body.kind == "problem" else f"hand:{new_id()}")
    if body.person_id is not None and body.kind != "problem":
        key = f"person:{body.person_id}"  # a later lead of the same person joins it
        there = open_cases(book, [key])
        if there:
            raise HouseholdHasOpenCase(case_id=there[key][0].case_id)
    if body.kind != "problem":
        _refuse_followed(book, body)
    case = new_case(book, key, body.area)
    case.origin, case.due_on, case.tier = "hand", body.due_on, body.tier
    case.title_sealed = book.ring.encrypt(body.title, f"{TITLE}.{case.case_id}")
    if body.kind != "problem":
        book.add_item(case, _item(book, case, body))
    book.step(case, "open")
    return case


def _refuse_followed(book: Book, body: CaseIn) -> None:
    """Whoever a lead (or an earlier clue) of this kind is open about is followed there: the same person or the same
    number, within the caller's area. Raises HouseholdHasOpenCase."""
    number = number_key(body.snapshot.id_number) if body.snapshot else None
    same = [col(CaseItem.person_id) == body.person_id] if body.person_id else []
    if number is not None:
        same.append(col(CaseItem.number_blind).in_(book.ring.blinds(number, ID_NUMBER)))
    if not same:
        return
    query = (
        select(Case.case_id)
        .join(CaseItem, col(CaseItem.case_id) == col(Case.case_id))
        .where(or_(*same), visible(book.caller), col(CaseItem.kind) == body.kind)
        .where(col(CaseItem.standing) != states.SETTLED)
    )
    there = book.session.exec(query.order_by(col(Case.case_id))).first()
    if there is not None:
        raise HouseholdHasOpenCase(case_id=there)


def _item(book: Book, case: Case, body: CaseIn) -> CaseItem:
    item_id = book.new_id()
    snapshot = body.snapshot or SnapshotIn()
    as_lead = LeadIn(lead_version=1, state="open", area=body.area, snapshot=snapshot, reasons=body.reasons)
    number = number_of(book, as_lead)
    return CaseItem(
        item_id=item_id,
        case_id=case.case_id,
        lead_id=None,
        lead_version=0,
        kind=body.kind,
        state="open",
        person_id=body.person_id,
        tier=body.tier,
        screens=[],
        due_on=body.due_on,
        number_sealed=number["number_sealed"],
        number_blind=number["number_blind"],
        snapshot_sealed=seal_snapshot(book, item_id, as_lead),
        updated_at=now(),
    )
