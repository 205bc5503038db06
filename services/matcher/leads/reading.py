"""Reading the match list, each query under the caller's scope."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, exists
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.crypto import KeyRing
from kit.problems import NotFound
from kit.scope import lies_in, within
from matcher.leads.store import CANDIDATES, CONTENT, SNAPSHOT
from matcher.leads.tables import Finding, Lead

PAGE = 1000


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; None = not narrowed."""

    area: str | None = None
    screen: str | None = None
    state: str | None = "open"
    tier: str | None = None


def visible(caller: Caller) -> ColumnElement[bool]:
    """Leads of the caller's area; of a third party, those of cases assigned to it today: nothing else."""
    mine = within(caller, col(Lead.area))
    if caller.terms is None or not caller.terms.assigned_only:
        return mine
    return and_(mine, col(Lead.case_id).in_(sorted(caller.terms.cases)))


def find(session: Session, caller: Caller, lead_id: str) -> Lead:
    """One lead. Raises NotFound when absent or not within the caller's area."""
    lead = session.exec(select(Lead).where(col(Lead.id) == lead_id, visible(caller))).first()
    if lead is None:
        raise NotFound
    return lead


def clauses(caller: Caller, filters: Filters) -> list[ColumnElement[bool]]:
    """The caller's scope and the filters as clauses over Lead."""
    found: list[ColumnElement[bool]] = [visible(caller)]
    if filters.area is not None:
        found.append(lies_in(caller, col(Lead.area), filters.area))
    if filters.state is not None:
        found.append(col(Lead.state) == filters.state)
    if filters.tier is not None:
        found.append(col(Lead.tier) == filters.tier)
    if filters.screen is not None:
        current = and_(col(Finding.lead_id) == col(Lead.id), col(Finding.until_version).is_(None))
        found.append(exists().where(current, col(Finding.screen) == filters.screen))
    return found


def page(session: Session, caller: Caller, filters: Filters, after: str, limit: int) -> list[Lead]:
    """The caller's leads by id, after the one named."""
    query = select(Lead).where(*clauses(caller, filters), col(Lead.id) > after)
    return list(session.exec(query.order_by(Lead.id).limit(limit)))


def every(session: Session, caller: Caller, filters: Filters) -> Iterator[Lead]:
    """All of the caller's leads, a page at a time, households together."""
    last = ("", "")
    while True:
        place = (col(Lead.card) > last[0]) | ((col(Lead.card) == last[0]) & (col(Lead.id) > last[1]))
        query = select(Lead).where(*clauses(caller, filters), place).order_by(Lead.card, Lead.id).limit(PAGE)
        rows = session.exec(query).all()
        yield from rows
        if len(rows) < PAGE:
            return
        last = (rows[-1].card, rows[-1].id)


def cards(session: Session, caller: Caller, filters: Filters, after: str, limit: int) -> list[list[Lead]]:
    """The leads of up to `limit` households, one list each, by card after the one named."""
    scope = clauses(caller, filters)
    query = select(Lead.card).where(*scope, col(Lead.card) > after).distinct().order_by(Lead.card).limit(limit)
    names = list(session.exec(query))
    rows = session.exec(select(Lead).where(*scope, col(Lead.card).in_(names)).order_by(Lead.card, Lead.id))
    grouped: dict[str, list[Lead]] = {name: [] for name in names}
    for lead in rows:
        grouped[lead.card].append(lead)
    return list(grouped.values())


def findings(session: Session, lead_ids: list[str], *, past: bool = False) -> dict[str, list[Finding]]:
    """The findings that hold, by lead; with `past` those that held in earlier versions too."""
    query = select(Finding).where(col(Finding.lead_id).in_(lead_ids))
    if not past:
        query = query.where(col(Finding.until_version).is_(None))
    found: dict[str, list[Finding]] = {lead_id: [] for lead_id in lead_ids}
    for row in session.exec(query.order_by(col(Finding.since_version), col(Finding.screen))):
        found[row.lead_id].append(row)
    return found


def seen_at(session: Session, versions: Mapping[str, int]) -> dict[str, list[Finding]]:
    """Lead → the findings somebody who was given that version saw; of one that withdrew the lead, those before it."""
    rows: dict[str, list[Finding]] = {lead_id: [] for lead_id in versions}
    ids = sorted(versions)
    for start in range(0, len(ids), PAGE):
        query = select(Finding).where(col(Finding.lead_id).in_(ids[start : start + PAGE]))
        for row in session.exec(query.order_by(col(Finding.since_version), col(Finding.screen))):
            if row.since_version <= versions[row.lead_id]:
                rows[row.lead_id].append(row)
    return {lead_id: _held(found, versions[lead_id]) for lead_id, found in rows.items()}


def _held(rows: list[Finding], version: int) -> list[Finding]:
    held = [row for row in rows if row.until_version is None or row.until_version > version]
    last = max((row.since_version for row in rows), default=0)
    return held or [row for row in rows if row.since_version == last]


def snapshot(ring: KeyRing, lead: Lead) -> dict[str, Any]:
    """Name, number, phone, address and household number as they stood; unmasked, for the caller to mask."""
    return dict(orjson.loads(ring.decrypt(lead.snapshot, SNAPSHOT)))


def candidates(ring: KeyRing, lead: Lead) -> list[dict[str, str | None]]:
    """The people one doubt lies between (person_id, name), unmasked; [] for a lead about one person."""
    return list(orjson.loads(ring.decrypt(lead.candidates, CANDIDATES))) if lead.candidates is not None else []


def content(ring: KeyRing, finding: Finding) -> dict[str, Any]:
    """Reason, inputs and the evidence behind a finding."""
    return dict(orjson.loads(ring.decrypt(finding.content, CONTENT)))
