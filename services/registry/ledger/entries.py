"""Recognised people entered into the provincial platform: when, under which number, and who still is not (L4).

Recognised is whoever an approved outcome says belongs to one of the layers of low-income people. The entry is made in
the province's own system; here stands that it was made, so that a deadline like 25 June can be kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.crypto import KeyRing
from kit.scope import in_part
from registry.ledger import states
from registry.ledger.book import BULK, Book
from registry.ledger.entry_schemas import EntryResultOut, PlatformEntryIn, PlatformRefusalIn
from registry.ledger.problems import row_error
from registry.ledger.store import visible
from registry.ledger.tables import Case, CaseItem

RECOGNISED = ("02", "03", "04", "05", "18")
ENTRY, REFUSAL = "ledger.entry", "ledger.entry-refusal"
_UNSETTLED = (states.PENDING, states.REVISIT, states.AWAITING_APPROVAL)


@dataclass(frozen=True)
class Narrowed:
    """Which recognised people: of an area, reported between two days, with or without an entry."""

    area: str | None = None  # a subtree, as its leading digits
    first: date | None = None
    last: date | None = None
    entered: bool | None = None


def clauses(caller: Caller, narrowed: Narrowed) -> list[ColumnElement[bool]]:
    """The recognised, as clauses over items joined with their cases."""
    found: list[ColumnElement[bool]] = [recognised()]
    if narrowed.area is not None:
        found.append(in_part(caller, col(Case.area), narrowed.area))
    if narrowed.first is not None:
        found.append(col(CaseItem.reported_on) >= narrowed.first)
    if narrowed.last is not None:
        found.append(col(CaseItem.reported_on) <= narrowed.last)
    if narrowed.entered is not None:
        there = col(CaseItem.entered_on)
        found.append(there.is_not(None) if narrowed.entered else there.is_(None))
    return found


def recognised() -> ColumnElement[bool]:
    """Items whose outcome recognises somebody and needs nobody's confirmation any more."""
    return and_(col(CaseItem.code).in_(RECOGNISED), col(CaseItem.standing).not_in(_UNSETTLED))


def page(
    session: Session, caller: Caller, narrowed: Narrowed, after: str, limit: int
) -> Sequence[tuple[CaseItem, Case]]:
    """Recognised people of the caller's area, in the order their leads came."""
    query = (
        select(CaseItem, Case)
        .join(Case, col(Case.case_id) == col(CaseItem.case_id))
        .where(visible(caller), col(CaseItem.item_id) > after, *clauses(caller, narrowed))
    )
    return session.exec(query.order_by(col(CaseItem.item_id)).limit(limit)).all()


def enter_many(book: Book, entries: Sequence[PlatformEntryIn]) -> list[EntryResultOut]:
    """Say of each person when it was entered and under which number; said again it changes nothing, said otherwise it
    corrects. One refused does not stop the others."""
    items = items_of(book, [one.item_id for one in entries])
    book.hold(item.case_id for item in items.values())
    return [_enter(book, items.get(one.item_id), index, one) for index, one in enumerate(entries)]


def answer_many(book: Book, answers: Sequence[PlatformEntryIn | PlatformRefusalIn]) -> list[EntryResultOut]:
    """Set what the platform said of each person: entered, or refused and why. Said again it changes nothing."""
    items = items_of(book, [one.item_id for one in answers])
    book.hold(item.case_id for item in items.values())
    return [
        _enter(book, items.get(one.item_id), index, one)
        if isinstance(one, PlatformEntryIn)
        else _refuse(book, items.get(one.item_id), index, one)
        for index, one in enumerate(answers)
    ]


def items_of(book: Book, ids: Sequence[str]) -> dict[str, CaseItem]:
    """These items, as far as they are the caller's."""
    found: dict[str, CaseItem] = {}
    for start in range(0, len(ids), BULK):
        query = (
            select(CaseItem)
            .join(Case, col(Case.case_id) == col(CaseItem.case_id))
            .where(col(CaseItem.item_id).in_(ids[start : start + BULK]), visible(book.caller))
        )
        found |= {item.item_id: item for item in book.session.exec(query)}
    return found


def _enter(book: Book, item: CaseItem | None, index: int, said: PlatformEntryIn) -> EntryResultOut:
    wrong = _why_not(book, item, ("entered_on", said.entered_on))
    if item is None or wrong is not None:
        return EntryResultOut(
            index=index, item_id=said.item_id, result="refused", errors=[row_error(*wrong)] if wrong else []
        )
    if (item.entered_on, number_of(book.ring, item)) == (said.entered_on, said.entry_number):
        return EntryResultOut(index=index, item_id=said.item_id, result="unchanged", errors=[])
    item.entered_on, item.entry_refused_on, item.entry_refusal_sealed = said.entered_on, None, None
    item.entry_sealed = book.ring.encrypt(said.entry_number, f"{ENTRY}.{item.item_id}")
    book.step(book.cases[item.case_id], "enter", item_id=item.item_id)
    return EntryResultOut(index=index, item_id=said.item_id, result="taken", errors=[])


def _refuse(book: Book, item: CaseItem | None, index: int, said: PlatformRefusalIn) -> EntryResultOut:
    wrong = _why_not(book, item, ("refused_on", said.refused_on))
    if wrong is None and item is not None and item.entered_on is not None and item.entered_on >= said.refused_on:
        wrong = "entered-already", "item_id"  # an older refusal, answered since
    if item is None or wrong is not None:
        errors = [row_error(*wrong)] if wrong else []
        return EntryResultOut(index=index, item_id=said.item_id, result="refused", errors=errors)
    if refusal_of(book.ring, item) == said.reason:
        return EntryResultOut(index=index, item_id=said.item_id, result="unchanged", errors=[])
    item.entered_on, item.entry_sealed = None, None
    item.entry_refused_on = said.refused_on
    item.entry_refusal_sealed = book.ring.encrypt(said.reason, f"{REFUSAL}.{item.item_id}")
    book.step(book.cases[item.case_id], "enter-refused", item_id=item.item_id)
    return EntryResultOut(index=index, item_id=said.item_id, result="taken", errors=[])


def refusal_of(ring: KeyRing, item: CaseItem) -> str | None:
    """Why the platform refused somebody, where that is its last word."""
    sealed = item.entry_refusal_sealed
    return None if sealed is None else ring.decrypt(sealed, f"{REFUSAL}.{item.item_id}")


def _why_not(book: Book, item: CaseItem | None, at: tuple[str, date]) -> tuple[str, str] | None:
    if item is None:
        return "item-unknown", "item_id"
    if item.code not in RECOGNISED or item.standing in _UNSETTLED:
        return "not-recognised", "item_id"
    return ("date-in-future", at[0]) if at[1] > book.day else None


def number_of(ring: KeyRing, item: CaseItem) -> str | None:
    """The platform's number of somebody's entry."""
    return None if item.entry_sealed is None else ring.decrypt(item.entry_sealed, f"{ENTRY}.{item.item_id}")
