"""Cases as readers see them: whom a lead means stays masked unless the token may reveal."""

from collections.abc import Sequence
from typing import Any, cast

import orjson

from china.masks import mask_name, mask_number, mask_phone
from kit.auth import Caller
from kit.crypto import KeyRing
from registry.ledger.schemas import CaseOut, ItemOut, State
from registry.ledger.states import LABELS
from registry.ledger.store import SNAPSHOT
from registry.ledger.tables import Case, CaseItem

REVEAL_PURPOSE = "reveal"


def show(ring: KeyRing, caller: Caller, case: Case, items: Sequence[CaseItem]) -> CaseOut:
    """A case with its items. The matcher gets no more back than a township: it knows what it sent."""
    revealed = "cases:read" in caller.scopes and caller.purpose == REVEAL_PURPOSE
    return CaseOut(
        case_id=case.case_id,
        household_key=case.household_key,
        area=case.area,
        state=cast(State, case.state),
        state_label=LABELS[case.state],
        tier=case.tier,
        flag=case.flag,
        due_on=case.due_on,
        responsible_unit=case.responsible_unit,
        responsible_person=case.responsible_person,
        measure=case.measure,
        opened_at=case.opened_at,
        accepted_at=case.accepted_at,
        closed_at=case.closed_at,
        closed_reason=case.closed_reason,
        version=case.version,
        items=[_item(ring, item, revealed=revealed) for item in items],
    )


def _item(ring: KeyRing, item: CaseItem, *, revealed: bool) -> ItemOut:
    content: dict[str, Any] = orjson.loads(ring.decrypt(item.snapshot_sealed, f"{SNAPSHOT}.{item.lead_id}"))
    return ItemOut(
        item_id=item.item_id,
        lead_id=item.lead_id,
        lead_version=item.lead_version,
        state="open" if item.state == "open" else "withdrawn",
        person_id=item.person_id,
        subject_id=item.subject_id,
        name=content["name"] if revealed else mask_name(content["name"]),
        id_number=content["id_number"] if revealed else mask_number(content["id_number"]),
        phone=content["phone"] if revealed else mask_phone(content["phone"]),
        address=content["address"] if revealed else None,
        tier=item.tier,
        screens=item.screens,
        reasons=content["reasons"],
        due_on=item.due_on,
    )
