"""Cases: opened, kept up with and withdrawn by leads; taken over by townships; found within scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.problems import NotFound
from kit.scope import covers, within
from registry.ledger import states
from registry.ledger.problems import LeadTaken, StepRefused
from registry.ledger.schemas import AcceptIn, LeadIn
from registry.ledger.tables import Case, CaseEvent, CaseItem
from registry.table import take_turns

SNAPSHOT = "ledger.snapshot"
TIERS = ("必访", "电话核实", "观察")  # most urgent first
BULK = 500


@dataclass(frozen=True)
class CaseFilter:
    """What a list of cases is narrowed to; the caller's scope comes on top."""

    area: str | None = None  # a subtree, as its leading digits
    state: str | None = None
    due_before: date | None = None


@dataclass(frozen=True)
class Happened:
    """An entry of a case's history."""

    action: str
    before: str | None
    lead_id: str | None = None


@dataclass(frozen=True)
class Put:
    """What putting a lead came to: the case, and the areas whose followers must hear; none when nothing changed."""

    case: Case
    touched: tuple[tuple[str, str], ...]  # (case_id, area)


def put_lead(session: Session, ring: KeyRing, caller: Caller, lead_id: str, lead: LeadIn) -> Put:
    """Bring the case of a lead up to this version of it. An older or equal version changes nothing.

    Raises LeadTaken when the lead already belongs to a case outside the caller's area.
    """
    take_turns(session, "cases")
    item = session.exec(select(CaseItem).where(col(CaseItem.lead_id) == lead_id)).first()
    was = session.get(Case, item.case_id) if item else None
    if was is not None and not covers(caller.area, was.area):
        raise LeadTaken
    if item is not None and was is not None and lead.lead_version <= item.lead_version:
        return Put(was, ())
    case = _case_for(session, caller, lead_id, lead, was)
    values = _item_values(ring, case, lead_id, lead)
    if item is None:
        item = CaseItem(item_id=new_id(), lead_id=lead_id, **values)
    for name, value in values.items():
        setattr(item, name, value)
    session.add(item)
    session.flush()
    touched = dict.fromkeys([(case.case_id, case.area)])
    if was is not None and was.case_id != case.case_id:  # the lead moved to another household's case
        _settle(session, caller, was, lead_id)
        touched[(was.case_id, was.area)] = None
    elif was is not None and case.state == states.AWAITING_ACCEPTANCE and case.area != lead.area:
        touched[(case.case_id, case.area)] = None
        case.area = lead.area
        touched[(case.case_id, case.area)] = None
    _settle(session, caller, case, lead_id)
    return Put(case, tuple(touched))


def _subject_key(lead_id: str, lead: LeadIn) -> str:
    """Whose case it is: the household's, else the person's, else the unregistered subject's, else the lead's own."""
    county = lead.area[:6]
    if lead.household_key:
        return f"household:{county}:{lead.household_key}"
    if lead.person_id:
        return f"person:{lead.person_id}"
    return f"subject:{lead.subject_id}" if lead.subject_id else f"lead:{lead_id}"


def _case_for(session: Session, caller: Caller, lead_id: str, lead: LeadIn, was: Case | None) -> Case:
    """The case a lead belongs to now: where it is already, else the open one of its household, else a new one.

    Once somebody has taken the case over, the lead stays with it even if its household turned out to be another.
    """
    key = _subject_key(lead_id, lead)
    if was is not None and (was.subject_key == key or was.state != states.AWAITING_ACCEPTANCE):
        return was
    query = select(Case).where(
        col(Case.subject_key) == key, col(Case.state) != states.CLOSED, within(caller, col(Case.area))
    )
    found = session.exec(query.order_by(col(Case.opened_at))).first()
    if found is not None:
        return found
    case = Case(
        case_id=new_id(),
        subject_key=key,
        household_key=lead.household_key,
        area=lead.area,
        state=states.AWAITING_ACCEPTANCE,
        opened_at=now(),
        version=0,
    )
    session.add(case)
    session.flush()
    _event(session, caller, case, Happened("open", None, lead_id))
    return case


def _item_values(ring: KeyRing, case: Case, lead_id: str, lead: LeadIn) -> dict[str, Any]:
    """The item as this version of its lead has it."""
    content = orjson.dumps({**lead.snapshot.model_dump(), "reasons": lead.reasons}).decode()
    return {
        "case_id": case.case_id,
        "lead_version": lead.lead_version,
        "state": lead.state,
        "person_id": lead.person_id,
        "subject_id": lead.subject_id,
        "tier": lead.tier,
        "screens": list(lead.screens),
        "due_on": lead.due_on,
        "snapshot_sealed": ring.encrypt(content, f"{SNAPSHOT}.{lead_id}"),
        "updated_at": now(),
    }


def _settle(session: Session, caller: Caller, case: Case, lead_id: str) -> None:
    """Derive the case's state, tier and deadline from its items; one version further."""
    items = of_cases(session, [case.case_id]).get(case.case_id, [])
    still_open = [item for item in items if item.state == "open"]
    # A case its last lead left for another household's has nothing to follow any more.
    gone = len(items) - len(still_open) or (1 if not items else 0)
    effect = states.after_leads(case.state, len(still_open), gone, case.closed_reason)
    before = case.state
    case.state, case.flag, case.closed_reason = effect.state, effect.flag, effect.closed_reason
    case.closed_at = (case.closed_at or now()) if effect.state == states.CLOSED else None
    tiers = {item.tier for item in still_open or items}
    case.tier = next((tier for tier in TIERS if tier in tiers), next(iter(sorted(filter(None, tiers))), None))
    if case.accepted_at is None:  # afterwards the deadline is what the responsible person was given
        case.due_on = min((item.due_on for item in still_open if item.due_on), default=None)
    case.version += 1
    session.add(case)
    session.flush()
    _event(session, caller, case, Happened("lead", before, lead_id))


def accept(session: Session, caller: Caller, case: Case, body: AcceptIn) -> None:
    """Take a case over. Raises StepRefused unless it waits for that."""
    state = states.after_step(case.state, "accept")
    if state is None:
        raise StepRefused(state=states.LABELS[case.state], step="签收")
    before, case.state = case.state, state
    case.accepted_at = now()
    case.responsible_unit, case.responsible_person = body.responsible_unit, body.responsible_person
    case.measure = body.measure
    case.due_on = body.due_on or case.due_on
    case.version += 1
    session.add(case)
    session.flush()
    _event(session, caller, case, Happened("accept", before))


def _event(session: Session, caller: Caller, case: Case, what: Happened) -> None:
    session.add(
        CaseEvent(
            event_id=new_id(),
            case_id=case.case_id,
            at=now(),
            actor=caller.client_id,
            action=what.action,
            state_before=what.before,
            state_after=case.state,
            lead_id=what.lead_id,
        )
    )


def find(session: Session, caller: Caller, case_id: str) -> Case:
    """A case within the caller's area. Raises NotFound."""
    query = select(Case).where(col(Case.case_id) == case_id, within(caller, col(Case.area)))
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


def page(session: Session, caller: Caller, narrowed: CaseFilter, after: str, limit: int) -> Sequence[Case]:
    """Cases of the caller's area with an id above `after`; ids sort by time of opening."""
    query = select(Case).where(within(caller, col(Case.area)), col(Case.case_id) > after)
    if narrowed.area is not None:
        query = query.where(col(Case.area).startswith(narrowed.area))
    if narrowed.state is not None:
        query = query.where(col(Case.state) == narrowed.state)
    if narrowed.due_before is not None:
        query = query.where(col(Case.due_on) < narrowed.due_before)
    return session.exec(query.order_by(col(Case.case_id)).limit(limit)).all()


def of_cases(session: Session, case_ids: Sequence[str]) -> dict[str, list[CaseItem]]:
    """The items of each case, in the order they came."""
    found: dict[str, list[CaseItem]] = {}
    for start in range(0, len(case_ids), BULK):
        query = select(CaseItem).where(col(CaseItem.case_id).in_(case_ids[start : start + BULK]))
        for item in session.exec(query.order_by(col(CaseItem.item_id))):
            found.setdefault(item.case_id, []).append(item)
    return found
