"""What readers of the match list are told: an entry that is there now, or one that is gone from where they read.

An entry is told once its case exists, because taking the case over is how a township acknowledges it; one that moved
to another township is gone for the one it left. Rows are numbered under the standing row's lease: no number is given
before every lower one can be seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import now
from kit.scope import within
from matcher.leads.tables import Lead, LeadChange

UPSERT, WITHDRAWAL = "upsert", "withdrawal"
GONE, MOVED, SETTLED = "gone", "moved", "settled"


@dataclass(frozen=True)
class News:
    """One thing to tell."""

    lead: Lead
    area: str
    change: str
    reason: str | None = None


def record(session: Session, leads: Iterable[Lead], last: int) -> int:
    """Write down what readers do not know of these leads yet, numbered after `last`. Gives the last number given."""
    at = now()
    rows: list[dict[str, Any]] = []
    for lead in sorted(leads, key=lambda each: each.id):
        for news in _news(lead):
            last += 1
            rows.append(
                {
                    "seq": last,
                    "lead_id": lead.id,
                    "area": news.area,
                    "change": news.change,
                    "reason": news.reason,
                    "version": lead.version,
                    "made_at": at,
                }
            )
            upsert = news.change == UPSERT
            lead.told_area = news.area if upsert else None
            lead.told_version, lead.told_case = lead.version, lead.case_state if upsert else None
        session.add(lead)
    session.flush()
    if rows:
        session.execute(insert(LeadChange), rows)
    return last


def _news(lead: Lead) -> list[News]:
    told = (lead.told_area, lead.told_version, lead.told_case)
    if lead.state == "open":
        known = lead.case_id is not None and lead.published_version == lead.version
        if not known or told == (lead.area, lead.version, lead.case_state):
            return []
        left = lead.told_area is not None and lead.told_area != lead.area
        moved = [News(lead, str(lead.told_area), WITHDRAWAL, MOVED)] if left else []
        return [*moved, News(lead, lead.area, UPSERT)]
    if lead.told_area is None or lead.published_version < lead.version:
        return []
    reason = GONE if lead.state == "withdrawn" else f"{SETTLED}:{lead.suppressed_for}"
    return [News(lead, lead.told_area, WITHDRAWAL, reason)]


def after(session: Session, caller: Caller, seq: int, limit: int) -> Sequence[LeadChange]:
    """Up to `limit` rows above `seq` within the caller's area, in order."""
    query = select(LeadChange).where(col(LeadChange.seq) > seq, within(caller, col(LeadChange.area)))
    return session.exec(query.order_by(col(LeadChange.seq)).limit(limit)).all()


def told(session: Session, caller: Caller, after_id: str, limit: int) -> Sequence[Lead]:
    """Every entry within the caller's area that readers were told of and that stands, by id: where one begins."""
    stands = (col(Lead.state) == "open", col(Lead.told_area) == col(Lead.area), within(caller, col(Lead.area)))
    return session.exec(select(Lead).where(*stands, col(Lead.id) > after_id).order_by(Lead.id).limit(limit)).all()


def standing(session: Session, caller: Caller, lead_ids: Iterable[str]) -> dict[str, Lead]:
    """Those of the leads that are open within the caller's area, by id."""
    query = select(Lead).where(
        col(Lead.id).in_(set(lead_ids)), col(Lead.state) == "open", within(caller, col(Lead.area))
    )
    return {lead.id: lead for lead in session.exec(query)}


def prune(session: Session, before: datetime) -> int:
    """Forget what was told before that moment. Gives the highest number forgotten, 0 when none was."""
    old = col(LeadChange.made_at) < before
    last = session.exec(select(func.max(LeadChange.seq)).where(old)).one() or 0
    if last:
        session.execute(delete(LeadChange).where(old))
    return last
