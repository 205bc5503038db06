"""Protected people in cases: what of an item this caller is not told, whatever its purpose.

Whoever took a case over is told whom it is about: nobody can visit a shield. Toward another agency nothing that says
where somebody lives leaves unless it was said of them that they are not protected; free text may say it as well.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlmodel import Session, col, select

from kit.among import among
from kit.auth import Caller
from registry.ledger.mine import mine
from registry.ledger.schemas import CaseOut, ItemOut
from registry.ledger.tables import Case, CaseItem
from registry.persons import protections

_NOBODY: dict[str, Any] = {"name": None, "id_number": None, "phone": None, "address": None, "reasons": []}
_NOWHERE = {"phone": None, "address": None}
_NO_WORDS = {"title": None, "word": None, "measure": None, "household_key": None}


def shielded(session: Session, caller: Caller, cases: Sequence[CaseOut]) -> list[CaseOut]:
    """The cases as this caller may read them."""
    everybody = {who for case in cases for item in case.items for who in _who(item)}
    hidden, outside = protections.hidden(session, caller, everybody), caller.terms is not None
    if not (hidden or outside):
        return list(cases)
    held = taken_over(session, caller, [case.case_id for case in cases]) if hidden else set()
    guarded = protections.guarded(session, caller, everybody)
    return [_case(case, set() if case.case_id in held else hidden, guarded, outside=outside) for case in cases]


def taken_over(session: Session, caller: Caller, case_ids: Collection[str]) -> set[str]:
    """Those of these cases that are this account's own to work on. Nobody's outside the house are."""
    if caller.terms is not None:
        return set()
    return set(session.exec(select(Case.case_id).where(among(col(Case.case_id), case_ids), mine(caller))))


def known_by_case(session: Session, caller: Caller, person_ids: Collection[str]) -> set[str]:
    """Those of these persons an open case is about that this account took over."""
    query = select(CaseItem.person_id, CaseItem.case_id).where(among(col(CaseItem.person_id), person_ids))
    about = session.exec(query).all()
    held = taken_over(session, caller, {case_id for _, case_id in about})
    return {str(person_id) for person_id, case_id in about if case_id in held}


def hidden_items(session: Session, caller: Caller, items: Sequence[CaseItem]) -> set[str]:
    """Those of these items whose person this caller is not told of; in a list across cases also their own."""
    who = {
        item.item_id: {one for one in (item.person_id, item.subject_id, item.stated_person_id) if one} or {item.item_id}
        for item in items
    }
    hidden = protections.hidden(session, caller, {one for those in who.values() for one in those})
    return {item_id for item_id, those in who.items() if those & set(hidden)}


def _who(item: ItemOut) -> list[str]:
    """Everybody an item may mean; of somebody whose ids are all unknown, an id nothing was ever said of."""
    named = [item.person_id, item.subject_id, *(one.person_id for one in item.candidates)]
    return [one for one in named if one is not None] or [item.item_id]


def _case(case: CaseOut, hidden: set[str], guarded: set[str], *, outside: bool) -> CaseOut:
    items = [_item(case, item, hidden, guarded) for item in case.items]
    said = any(set(_who(item)) & (hidden | guarded) for item in case.items) or (outside and not case.items)
    if not said:
        return case
    where = {"area": f"{case.area[:9]}000"} if outside else {}
    return case.model_copy(update={**_NO_WORDS, **where, "items": items})


def _item(case: CaseOut, item: ItemOut, hidden: set[str], guarded: set[str]) -> ItemOut:
    who = set(_who(item))
    if who & hidden:
        nameless = [one.model_copy(update={"name": None}) for one in item.candidates]
        return item.model_copy(update={**_NOBODY, "candidates": nameless})
    if who & guarded:
        by_hand: dict[str, Any] = {"reasons": []} if case.origin == "hand" else {}
        return item.model_copy(update={**_NOWHERE, **by_hand})
    return item
