"""Which leads the registry has yet to hear of: the lead's own row is the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, or_, update
from sqlmodel import Session, col, select

from kit.columns import now
from matcher.leads.tables import Lead

LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class Answer:
    """What the registry said of one lead version."""

    lead_id: str
    version: int
    case_id: str | None = None
    case_state: str | None = None
    error: str | None = None


def due(session: Session, limit: int) -> list[Lead]:
    """Leads whose present version was not published, oldest first; those that failed wait for their time."""
    at = now()  # a pause that is longer than any was set by a clock since put right
    ripe = or_(col(Lead.publish_due) <= at, col(Lead.publish_due) > at + LONGEST_PAUSE)
    waiting = or_(col(Lead.publish_due).is_(None), ripe)
    query = select(Lead).where(col(Lead.version) > col(Lead.published_version), waiting)
    return list(session.exec(query.order_by(Lead.id).limit(limit)))


def untold(session: Session) -> bool:
    """Whether a lead has a version the registry was never asked about. One it refused is tried again by and by, but
    holds up nobody else's batch."""
    fresh = and_(col(Lead.version) > col(Lead.published_version), col(Lead.publish_error).is_(None))
    return session.exec(select(Lead.id).where(fresh).limit(1)).first() is not None


def offer(session: Session, leads: Sequence[Lead]) -> None:
    """Note, before the call, which versions it carries: what the ledger may have seen must be withdrawn there too,
    also when we die before we hear its answer."""
    fresh = [lead.id for lead in leads if lead.offered_version < lead.version]
    if fresh:
        mine = col(Lead.id).in_(fresh)
        session.execute(update(Lead).where(mine).values(offered_version=col(Lead.version)))


def settle(session: Session, answers: Sequence[Answer]) -> list[Lead]:
    """Write down what the registry said; gives the leads it took. A version published late never hides a newer one."""
    rows = {
        lead.id: lead
        for lead in session.exec(select(Lead).where(col(Lead.id).in_([answer.lead_id for answer in answers])))
    }
    taken = []
    for answer in answers:
        lead = rows.get(answer.lead_id)
        if lead is None:
            continue
        if answer.error is None and lead.published_version < answer.version:
            lead.published_version = answer.version
            lead.case_id, lead.case_state = answer.case_id or lead.case_id, answer.case_state or lead.case_state
            lead.publish_due, lead.publish_attempts, lead.publish_error = None, 0, None
            taken.append(lead)
        elif answer.error is not None and lead.version == answer.version:
            lead.publish_attempts += 1
            lead.publish_error = answer.error
            lead.publish_due = now() + min(LONGEST_PAUSE, timedelta(seconds=2**lead.publish_attempts))
        session.add(lead)
    session.flush()
    return taken
