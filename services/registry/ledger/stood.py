"""How the cases about some people stood at a moment: what happened since is taken back by their history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.crypto import KeyRing
from registry.ledger import alterations, states
from registry.ledger.book import of_cases
from registry.ledger.outcome_codes import suppress_until
from registry.ledger.store import visible
from registry.ledger.tables import Case, CaseEvent, CaseItem, Outcome

BULK = 500


@dataclass(frozen=True)
class StoodItem:
    """One lead or named person of a case as it stood: what was found, and until when the same lead stayed away."""

    item_id: str
    person_id: str | None
    kind: str
    standing: str
    code: str | None
    reported_on: date | None
    suppressed_until: date | None


@dataclass(frozen=True)
class Stood:
    """A case as it stood."""

    case_id: str
    state: str
    opened_on: date
    closed_on: date | None
    closed_reason: str | None
    items: Sequence[StoodItem]


@dataclass(frozen=True)
class Meant:
    """Whose cases are asked for."""

    person_ids: Collection[str]
    household_key: str


def stood(session: Session, ring: KeyRing, caller: Caller, meant: Meant, moment: datetime) -> list[Stood]:
    """The cases about these people or their household that the caller may see and that had been opened by then."""
    cases = [case for case in _cases(session, caller, meant) if case.opened_at <= moment]
    ids = [case.case_id for case in cases]
    items, later, reports = of_cases(session, ids), _after(session, ids, moment), _reports(session, ids, moment)
    return [_one(ring, case, items.get(case.case_id, []), later, reports) for case in cases]


def touched(session: Session, caller: Caller, meant: Meant, moment: datetime) -> list[tuple[str, datetime, str]]:
    """What happened to those cases after the moment: case, when, which step."""
    ids = [case.case_id for case in _cases(session, caller, meant)]
    events = [event for those in _after(session, ids, moment).values() for event in those]
    return [(event.case_id, event.at, event.action) for event in events]


def _cases(session: Session, caller: Caller, meant: Meant) -> list[Case]:
    about = select(CaseItem.case_id).where(col(CaseItem.person_id).in_(list(meant.person_ids)))
    mine = or_(col(Case.case_id).in_(about), col(Case.household_key) == meant.household_key)
    return list(session.exec(select(Case).where(visible(caller), mine).order_by(col(Case.case_id))))


def _after(session: Session, case_ids: Sequence[str], moment: datetime) -> dict[str, list[CaseEvent]]:
    query = select(CaseEvent).where(col(CaseEvent.case_id).in_(case_ids), col(CaseEvent.at) > moment)
    found: dict[str, list[CaseEvent]] = {}
    for event in session.exec(query.order_by(col(CaseEvent.at), col(CaseEvent.event_id))):
        found.setdefault(event.case_id, []).append(event)
    return found


def _reports(session: Session, case_ids: Sequence[str], moment: datetime) -> dict[str, Outcome]:
    """The last outcome of each item that had been reported by then."""
    query = select(Outcome).where(col(Outcome.case_id).in_(case_ids), col(Outcome.reported_at) <= moment)
    return {row.item_id: row for row in session.exec(query.order_by(col(Outcome.reported_at)))}


def _one(
    ring: KeyRing,
    case: Case,
    items: Sequence[CaseItem],
    later: dict[str, list[CaseEvent]],
    reports: dict[str, Outcome],
) -> Stood:
    since = later.get(case.case_id, [])
    was = alterations.taken_back(ring, case, items, since)
    state = was["state"] or states.AWAITING_ACCEPTANCE
    closed = state == states.CLOSED
    return Stood(
        case_id=case.case_id,
        state=state,
        opened_on=case.opened_on,
        closed_on=case.closed_at.date() if closed and case.closed_at is not None and not since else None,
        closed_reason=was["closed_reason"] if closed else None,
        items=[
            _item(item, standing, was[f"items.{item.item_id}.code"], reports.get(item.item_id))
            for item in items
            if (standing := was[f"items.{item.item_id}.standing"]) is not None
        ],
    )


def _item(item: CaseItem, standing: str, code: str | None, report: Outcome | None) -> StoodItem:
    told = report if report is not None and report.code == code else None
    settled = standing == states.SETTLED and code is not None and told is not None
    return StoodItem(
        item_id=item.item_id,
        person_id=item.person_id,
        kind=item.kind,
        standing=standing,
        code=code,
        reported_on=told.reported_on if told else None,
        suppressed_until=suppress_until(str(code), told.reported_on) if settled and told else None,
    )


def found_by(
    session: Session, caller: Caller, person_ids: Collection[str], codes: Collection[str], moment: datetime | None
) -> list[tuple[str, str, date]]:
    """Which of these people a visit had found to be that by the moment, and on which day: person, code, day. Of each
    lead its last outcome counts. None: now."""
    found: list[tuple[str, str, date]] = []
    ids = sorted(person_ids)
    for start in range(0, len(ids), BULK):
        query = (
            select(col(CaseItem.person_id), Outcome)
            .join(CaseItem, col(CaseItem.item_id) == col(Outcome.item_id))
            .join(Case, col(Case.case_id) == col(Outcome.case_id))
            .where(col(CaseItem.person_id).in_(ids[start : start + BULK]), visible(caller))
        )
        if moment is not None:
            query = query.where(col(Outcome.reported_at) <= moment)
        last = {row.item_id: (str(who), row) for who, row in session.exec(query.order_by(col(Outcome.reported_at)))}
        found += [(who, row.code, row.reported_on) for who, row in last.values() if row.code in codes]
    return found
