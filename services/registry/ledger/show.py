"""Cases as readers see them: whom a lead means stays masked unless it was asked for and counted."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

import orjson

from china.masks import mask_in_text, mask_name, mask_number, mask_phone
from kit.crypto import KeyRing
from kit.reveals import Seen
from registry.ledger.book import WORD
from registry.ledger.hand_in import TITLE
from registry.ledger.lead_in import SNAPSHOT
from registry.ledger.outcome_codes import OUTCOMES, kinds_of_item
from registry.ledger.outcome_schemas import EventOut, HistoryOut, OutcomeOut
from registry.ledger.schemas import CandidateOut, CaseOut, ItemOut, State
from registry.ledger.states import ACTIONS, LABELS, STANDINGS
from registry.ledger.store import is_overdue
from registry.ledger.tables import Case, CaseEvent, CaseItem, Outcome

_ITEM_AS_IT_IS = (
    "item_id", "lead_id", "lead_version", "kind", "state", "standing", "code", "outcome_id", "reported_on",
    "settled_on", "suppress_until", "closed_reason", "reopened_reason", "revisit_on", "person_id", "subject_id", "tier",
    "screens",
)  # fmt: skip
_CASE_AS_IT_IS = (
    "case_id", "origin", "household_key", "area", "state", "tier", "flag", "accept_due_on", "due_on", "suspended_until",
    "responsible_unit", "responsible_person", "assigned_agency", "assigned_from", "assigned_until", "opened_at",
    "accepted_at", "reported_at", "closed_at",
    "closed_reason", "reopened", "version",
)  # fmt: skip


def show(ring: KeyRing, day: date, case: Case, items: Sequence[CaseItem], *, revealed: bool = False) -> CaseOut:
    """A case with its items. The matcher gets no more back than a township: it knows what it sent.

    `revealed`: the caller asked for identities and they were counted. Else also what people typed is masked where it
    holds a number, a telephone or an account.
    """
    said = _plain if revealed else mask_in_text
    return CaseOut(
        **_as_it_is(case, _CASE_AS_IT_IS),
        measure=said(case.measure),
        state_label=LABELS[case.state],
        title=said(_opened(ring, case.title_sealed, f"{TITLE}.{case.case_id}")),
        word=said(_opened(ring, case.word_sealed, f"{WORD}.{case.case_id}")),
        overdue=is_overdue(case, day),
        items=[_item(ring, item, revealed=revealed) for item in items],
    )


def _as_it_is(row: Case | CaseItem, names: Sequence[str]) -> dict[str, Any]:
    """Columns of a row. Past the ORM's own look-up of every attribute, a tenth of what a page of cases costs."""
    held = vars(row)
    return {name: held[name] if name in held else getattr(row, name) for name in names}


def _opened(ring: KeyRing, sealed: str | None, context: str) -> str | None:
    return None if sealed is None else ring.decrypt(sealed, context)


def snapshot(ring: KeyRing, item: CaseItem) -> dict[str, Any]:
    """Who an item means, in the clear: name, id_number, phone, address, reasons, candidates."""
    content: dict[str, Any] = orjson.loads(
        ring.decrypt(item.snapshot_sealed, f"{SNAPSHOT}.{item.lead_id or item.item_id}")
    )
    return {"candidates": [], **content}


def people_of(ring: KeyRing, case: Case, items: Sequence[CaseItem]) -> list[Seen]:
    """Whom a case tells of, for the budget: each by the id they go by, with those a doubt lies between."""
    found = []
    for item in items:
        found.append(Seen(item.person_id or item.subject_id or item.item_id, case.area))
        found += [Seen(one["person_id"], case.area) for one in snapshot(ring, item)["candidates"]]
    return found


def _plain(text: str | None) -> str | None:
    return text


def _item(ring: KeyRing, item: CaseItem, *, revealed: bool) -> ItemOut:
    content = snapshot(ring, item)
    return ItemOut(
        **_as_it_is(item, _ITEM_AS_IT_IS),
        kinds=kinds_of_item(item),
        standing_label=STANDINGS[item.standing],
        code_title=OUTCOMES[item.code].title if item.code else None,
        candidates=[
            CandidateOut(person_id=one["person_id"], name=one["name"] if revealed else mask_name(one["name"]))
            for one in content["candidates"]
        ],
        name=content["name"] if revealed else mask_name(content["name"]),
        id_number=content["id_number"] if revealed else mask_number(content["id_number"]),
        phone=content["phone"] if revealed else mask_phone(content["phone"]),
        address=content["address"] if revealed else None,
        reasons=content["reasons"] if revealed else [str(mask_in_text(one)) for one in content["reasons"]],
        due_on=item.decision_due_on or item.due_on,
    )


def show_history(case: Case, events: Sequence[CaseEvent], outcomes: Sequence[Outcome]) -> HistoryOut:
    """What happened, without anything that was sealed."""
    return HistoryOut(
        case_id=case.case_id,
        events=[
            EventOut(
                at=one.at,
                actor=one.actor,
                action=one.action,
                action_label=ACTIONS[one.action],
                state_before=cast(State | None, one.state_before),
                state_after=cast(State, one.state_after),
                lead_id=one.lead_id,
                item_id=one.item_id,
                outcome_id=one.outcome_id,
            )
            for one in events
        ],
        outcomes=[_outcome(one) for one in outcomes],
    )


def _outcome(row: Outcome) -> OutcomeOut:
    names = [name for name in OutcomeOut.model_fields if name != "code_title"]
    return OutcomeOut(**{name: getattr(row, name) for name in names}, code_title=OUTCOMES[row.code].title)
