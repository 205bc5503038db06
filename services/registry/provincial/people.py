"""The recognised with every value a layout may name, masked or told, protected people neither."""

from collections.abc import Sequence

from china.masks import mask_name, mask_number, mask_phone
from registry.areas.store import names_of
from registry.desk import Desk
from registry.ledger import entries
from registry.ledger.entries_api import due_of
from registry.ledger.outcome_codes import OUTCOMES
from registry.ledger.shield import hidden_items
from registry.ledger.show import snapshot
from registry.ledger.tables import Case, CaseItem
from registry.provincial.outgoing import Recognised, named

SHIELDED = "（受保护）"


def recognised(desk: Desk, rows: Sequence[tuple[CaseItem, Case]], *, revealed: bool) -> list[Recognised]:
    """In the order of `rows`."""
    hidden = hidden_items(desk.session, desk.caller, [item for item, _ in rows])
    codes = {part for _, case in rows for part in (f"{case.area[:6]}000000", f"{case.area[:9]}000", case.area)}
    names = names_of(desk.session, codes)
    return [_one(desk, item, case, names, told=revealed and item.item_id not in hidden, shielded=item.item_id in hidden)
            for item, case in rows]  # fmt: skip


def _one(  # noqa: PLR0913 - who, and how much of it
    desk: Desk, item: CaseItem, case: Case, names: dict[str, str], *, told: bool, shielded: bool
) -> Recognised:
    who = snapshot(desk.ring, item)
    code = item.code or ""
    identity = {
        "name": SHIELDED if shielded else who["name"] if told else mask_name(who["name"]),
        "id_number": None if shielded else who["id_number"] if told else mask_number(who["id_number"]),
        "phone": None if shielded else who["phone"] if told else mask_phone(who["phone"]),
        "address": who["address"] if told else None,
        "entry_number": None if shielded else entries.number_of(desk.ring, item),
    }
    return Recognised(
        {
            "item_id": item.item_id, "case_id": case.case_id, "area": case.area, **named(names, case.area), **identity,
            "category": code, "category_title": OUTCOMES[code].title, "reported_on": item.reported_on,
            "due_on": due_of(desk, item), "entered_on": item.entered_on, "household_key": case.household_key,
        }
    )  # fmt: skip
