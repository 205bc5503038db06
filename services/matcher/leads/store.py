"""Leads in the database: what should be listed is compared with what is, and only the difference is written.

A lead is never deleted and never doubled: a person has one, it is withdrawn when no finding is left, and comes
back under its own id. Findings are kept with the versions they held in, so that each version can be explained.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from kit.columns import new_id, now
from kit.crypto import KeyRing
from matcher.leads.tables import Finding, Lead

SNAPSHOT = "lead.snapshot"
CONTENT = "finding.content"


@dataclass(frozen=True)
class Hit:
    """One screen's finding with everything it rests on."""

    screen: str
    screen_version: str
    tier: str
    content: dict[str, Any]  # reason, inputs, records: [{record, feed, grade, probability, …}]


@dataclass(frozen=True)
class Wanted:
    """What a lead of this subject should say."""

    subject_id: str
    registered: bool
    household_key: str | None
    area: str
    residence: str | None
    tier: str
    grade: str
    sources: list[str]
    doubts: list[dict[str, Any]]
    snapshot: dict[str, Any]
    hits: list[Hit]


@dataclass(frozen=True)
class Applied:
    """What became of the list: counts of leads."""

    created: int = 0
    changed: int = 0
    withdrawn: int = 0
    unchanged: int = 0


def apply(session: Session, ring: KeyRing, wanted: list[Wanted], survivors: dict[str, str]) -> Applied:
    """Make the list say what is `wanted`. `survivors`: merged subject → whom it is now."""
    _follow_merges(session, {one.subject_id for one in wanted}, survivors)
    rows = {lead.subject_id: lead for lead in session.exec(select(Lead))}
    at = now()
    counts = Applied()
    added: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = []
    ended: list[tuple[str, int]] = []
    for one in sorted(wanted, key=lambda each: each.subject_id):
        lead, print_ = rows.pop(one.subject_id, None), _fingerprint(ring, one)
        if lead is not None and lead.state == "open" and lead.fingerprint == print_:
            counts = replace(counts, unchanged=counts.unchanged + 1)
            continue
        values = _values(ring, one, print_, at)
        if lead is None:
            values |= {"id": new_id(), "version": 1, "created_at": at, "published_version": 0, "publish_attempts": 0}
            added.append(values)
            counts = replace(counts, created=counts.created + 1)
        else:
            values |= {"id": lead.id, "version": lead.version + 1}
            ended.append((lead.id, values["version"]))
            _set(lead, values)
            session.add(lead)
            counts = replace(counts, changed=counts.changed + 1)
        findings += _findings(ring, one, values, at)
    for lead in rows.values():
        if lead.state == "open":
            _set(lead, {"state": "withdrawn", "version": lead.version + 1, "changed_at": at})
            ended.append((lead.id, lead.version))
            session.add(lead)
            counts = replace(counts, withdrawn=counts.withdrawn + 1)
    session.flush()
    _write(session, added, findings, ended)
    return counts


def _follow_merges(session: Session, wanted: set[str], survivors: dict[str, str]) -> None:
    """The lead of a merged subject goes over to the survivor when that has none; else it will be withdrawn."""
    taken = set(session.exec(select(Lead.subject_id)))
    merged = session.exec(select(Lead).where(col(Lead.subject_id).in_(list(survivors)))).all() if survivors else []
    for lead in sorted(merged, key=lambda each: each.id):
        to = survivors[lead.subject_id]
        if to in wanted and to not in taken:
            taken.add(to)
            lead.subject_id = to
            session.add(lead)
    session.flush()


def _set(lead: Lead, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(lead, name, value)
    # A new version is news for the registry at once, whatever became of the last one.
    lead.publish_due, lead.publish_attempts, lead.publish_error = None, 0, None


def _values(ring: KeyRing, one: Wanted, fingerprint: str, at: datetime) -> dict[str, Any]:
    return {
        "subject_id": one.subject_id,
        "registered": one.registered,
        "household_key": one.household_key,
        "card": ring.blind(one.household_key or one.subject_id, "lead.card")[:32],
        "area": one.area,
        "residence": one.residence,
        "state": "open",
        "tier": one.tier,
        "grade": one.grade,
        "screens": sorted(hit.screen for hit in one.hits),
        "sources": one.sources,
        "doubts": one.doubts,
        "snapshot": ring.encrypt(orjson.dumps(one.snapshot).decode(), SNAPSHOT),
        "fingerprint": fingerprint,
        "changed_at": at,
    }


def _findings(ring: KeyRing, one: Wanted, values: dict[str, Any], at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "lead_id": values["id"],
            "screen": hit.screen,
            "screen_version": hit.screen_version,
            "tier": hit.tier,
            "content": ring.encrypt(orjson.dumps(hit.content).decode(), CONTENT),
            "since_version": values["version"],
            "made_at": at,
        }
        for hit in one.hits
    ]


def _write(
    session: Session, added: list[dict[str, Any]], findings: list[dict[str, Any]], ended: list[tuple[str, int]]
) -> None:
    for lead_id, version in ended:
        session.execute(
            update(Finding)
            .where(col(Finding.lead_id) == lead_id, col(Finding.until_version).is_(None))
            .values(until_version=version)
        )
    if added:
        session.execute(insert(Lead), added)
    if findings:
        session.execute(insert(Finding), findings)


def _fingerprint(ring: KeyRing, one: Wanted) -> str:
    """Equal content has an equal print; keyed, because it is made from personal data."""
    content = [
        [one.registered, one.household_key, one.area, one.residence, one.tier, one.grade, one.sources, one.doubts],
        one.snapshot,
        [[hit.screen, hit.screen_version, hit.tier, hit.content] for hit in one.hits],
    ]
    return ring.mac(b"lead" + orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
