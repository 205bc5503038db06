"""Leads from the matcher: each becomes, alters or withdraws one item of one case.

A version already known, or an older one, changes nothing. A settled item comes back only with a lead that says which
outcome it returns in spite of: a version sent before the matcher heard of the visit must not send anybody again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlmodel import col, select

from kit.columns import now
from kit.scope import covers, within
from registry.ledger import states
from registry.ledger.book import BULK, Book, reset
from registry.ledger.outcome_codes import kinds_of
from registry.ledger.schemas import LeadIn
from registry.ledger.store import town_of
from registry.ledger.tables import Case, CaseItem
from registry.persons.sealed import ID_NUMBER, blind, seal
from registry.persons.store import number_key

SNAPSHOT = "ledger.snapshot"
OUTSIDE = "area-outside"
TAKEN = "lead-taken"


@dataclass(frozen=True)
class Put:
    """What putting a lead came to: its case, or why there is none; `changed` unless the version was known."""

    lead_id: str
    case: Case | None
    code: str | None = None
    changed: bool = False


def put_leads(book: Book, leads: Sequence[tuple[str, LeadIn]]) -> list[Put]:
    """Bring the cases of these leads up to these versions of them, in order; one refused does not stop the others."""
    places = _Places.load(book, leads)
    return [_put(book, places, lead_id, lead) for lead_id, lead in leads]


@dataclass(frozen=True)
class _Places:
    """Where leads are, and which cases in hand stand for a subject."""

    items: dict[str, CaseItem]
    by_key: dict[str, list[Case]]

    @classmethod
    def load(cls, book: Book, leads: Sequence[tuple[str, LeadIn]]) -> "_Places":
        """Read in a few queries whatever these leads may meet."""
        items: dict[str, CaseItem] = {}
        keys = sorted({subject_key(lead_id, lead) for lead_id, lead in leads})
        ids = sorted({lead_id for lead_id, _ in leads})
        for start in range(0, len(ids), BULK):
            query = select(CaseItem).where(col(CaseItem.lead_id).in_(ids[start : start + BULK]))
            items.update((str(item.lead_id), item) for item in book.session.exec(query))
        book.hold(item.case_id for item in items.values())
        return cls(items, open_cases(book, keys))


def open_cases(book: Book, keys: Sequence[str]) -> dict[str, list[Case]]:
    """The open cases of these subjects within the caller's area, the first opened first; they are in hand then."""
    ids: list[str] = []
    for start in range(0, len(keys), BULK):
        query = select(Case.case_id).where(
            col(Case.subject_key).in_(keys[start : start + BULK]),
            col(Case.state) != states.CLOSED,
            within(book.caller, col(Case.area)),
        )
        ids += book.session.exec(query).all()
    book.hold(ids)
    found: dict[str, list[Case]] = {}
    for case_id in sorted(ids):
        found.setdefault(book.cases[case_id].subject_key, []).append(book.cases[case_id])
    return found


def subject_key(lead_id: str, lead: LeadIn) -> str:
    """Whose case it is: the household's, else the person's, else the unregistered subject's, else the lead's own."""
    county = lead.area[:6]
    if lead.household_key:
        return f"household:{county}:{lead.household_key}"
    if lead.person_id:
        return f"person:{lead.person_id}"
    return f"subject:{lead.subject_id}" if lead.subject_id else f"lead:{lead_id}"


def _put(book: Book, places: _Places, lead_id: str, lead: LeadIn) -> Put:
    if not covers(book.caller.area, lead.area):
        return Put(lead_id, None, OUTSIDE)
    item = places.items.get(lead_id)
    was = book.cases[item.case_id] if item else None
    if was is not None and not covers(book.caller.area, was.area):
        return Put(lead_id, None, TAKEN)
    if item is not None and was is not None and lead.lead_version <= item.lead_version:
        return Put(lead_id, was)
    returns = item is not None and _returns(item, lead)
    case = _case_for(book, places, lead_id, lead, (item, was, returns))
    if item is None:
        values = _values(book, lead_id, lead, None)
        item = CaseItem(item_id=book.new_id(), case_id=case.case_id, lead_id=lead_id, **values)
        book.add_item(case, item)
        places.items[lead_id] = item
    else:
        for name, value in _values(book, lead_id, lead, None if returns else item).items():
            if name not in _WHO or not _says_nobody(lead):
                setattr(item, name, value)
        if item.case_id != case.case_id:
            book.move_item(item, case)
    if returns:
        withdrawn = item.closed_reason == states.WITHDRAWN
        reset(item, None if withdrawn else states.RETURNS.get(lead.return_reason or "", states.NEW_FACTS))
    if lead.state == "withdrawn" and case.accepted_at is None and _leaves_with_its_lead(item):
        book.settle(item, states.WITHDRAWN)
    if was is not None and was is not case:
        book.step(was, "lead", lead_id=lead_id)
    book.step(case, "reopen" if returns and case.state == states.CLOSED else "lead", lead_id=lead_id)
    if was is case and case.state == states.AWAITING_ACCEPTANCE and case.area != lead.area and not case.area_fixed:
        # Those who had it hear that it is gone, those who get it that it is there.
        case.area, case.town = lead.area, town_of(lead.area)
        book.touch(case)
        book.amend(case)
    return Put(lead_id, case, changed=True)


def _returns(item: CaseItem, lead: LeadIn) -> bool:
    """Whether a settled item is to be verified again: its lead is open in spite of the outcome that holds."""
    if item.standing != states.SETTLED or lead.state != "open":
        return False
    return item.closed_reason == states.WITHDRAWN or item.outcome_id == lead.knows_outcome


# What an item says of whom it means.
_WHO = ("person_id", "subject_id", "number_sealed", "number_blind", "snapshot_sealed")


def _says_nobody(lead: LeadIn) -> bool:
    """A withdrawal from somewhere that does not tell any more whom it was about."""
    return lead.state == "withdrawn" and lead.snapshot.name is None and lead.snapshot.id_number is None


def _leaves_with_its_lead(item: CaseItem) -> bool:
    """Whether nothing but the lead asks for a visit; what an import or a human opened again stays open."""
    return item.standing == states.PENDING and item.reopened_reason not in (
        states.STILL_PAID, states.NOT_GRANTED, states.BY_HAND,
    )  # fmt: skip


def _case_for(
    book: Book, places: _Places, lead_id: str, lead: LeadIn, at: tuple[CaseItem | None, Case | None, bool]
) -> Case:
    """The case a lead belongs to now.

    It stays where it is once somebody took the case over, even if its household turned out to be another. A lead
    that returns to a closed case goes to the household's open one, if there is one by now.
    """
    item, was, returns = at
    key = subject_key(lead_id, lead)
    if item is not None and was is not None:
        if (was.state == states.CLOSED and not returns) or _says_nobody(lead):
            return was
        if was.state not in (states.CLOSED, states.AWAITING_ACCEPTANCE):
            return was
        if was.state == states.AWAITING_ACCEPTANCE and was.subject_key == key:
            return was
    there = [case for case in places.by_key.get(key, []) if case.state != states.CLOSED]
    if there:
        return there[0]
    if was is not None and was.subject_key == key:
        places.by_key.setdefault(key, []).append(was)
        return was
    case = new_case(book, key, lead.area)
    case.household_key, case.origin = lead.household_key, lead.origin
    places.by_key.setdefault(key, []).append(case)
    book.remember(case, "open", None, lead_id=lead_id)
    return case


def new_case(book: Book, key: str, area: str) -> Case:
    """A case waiting to be taken over."""
    case = Case(
        case_id=book.new_id(),
        subject_key=key,
        area=area,
        town=town_of(area),
        state=states.AWAITING_ACCEPTANCE,
        accept_due_on=book.terms.accept_by(book.day),
        opened_at=now(),
        opened_on=book.day,
        version=0,
    )
    book.add_case(case)
    return case


def _values(book: Book, lead_id: str, lead: LeadIn, before: CaseItem | None) -> dict[str, Any]:
    """The item as this version of its lead has it; `before`: as it was, unless its time begins anew. One withdrawn says
    nothing of what it was about: that stays for whoever is to answer it all the same."""
    kinds = kinds_of(hit.kind for hit in lead.hits)
    said = lead.state == "open" or kinds
    return {
        "lead_version": lead.lead_version,
        "kind": kinds[0] if kinds else lead.kind,
        **({"about": sorted({hit.kind for hit in lead.hits}) or None} if said else {}),
        "state": lead.state,
        "origin": lead.origin,
        "person_id": lead.person_id,
        "subject_id": lead.subject_id,
        "tier": lead.tier,
        "screens": list(lead.screens),
        "due_on": _due_on(book, lead, before),
        "due_days": lead.due_days,
        **number_of(book, lead),
        "snapshot_sealed": seal_snapshot(book, lead_id, lead),
        "updated_at": now(),
    }


def _due_on(book: Book, lead: LeadIn, before: CaseItem | None) -> date | None:
    """The day the lead names; else so many working days from when it first asked for no more than them."""
    if lead.due_on is not None or lead.due_days is None:
        return lead.due_on
    if before is not None and before.due_on is not None and (before.due_days or 0) <= lead.due_days:
        return before.due_on
    return book.terms.calendar.after(book.day, lead.due_days)


def number_of(book: Book, lead: LeadIn) -> dict[str, str | None]:
    """The number of whoever is meant as two columns, by which a clue finds that somebody is on it already."""
    key = number_key(lead.snapshot.id_number)
    return {"number_sealed": seal(book.ring, key, ID_NUMBER), "number_blind": blind(book.ring, key, ID_NUMBER)}


def seal_snapshot(book: Book, key: str, lead: LeadIn) -> str:
    """Who is meant and why, sealed under the lead's (or the item's) id."""
    content = {
        **lead.snapshot.model_dump(),
        "reasons": lead.reasons,
        "candidates": [one.model_dump() for one in lead.candidates],
    }
    return book.ring.encrypt(orjson.dumps(content).decode(), f"{SNAPSHOT}.{key}")
