"""Which leads the registry has yet to hear of: the lead's own row is the outbox."""

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
    waiting = or_(col(Lead.publish_due).is_(None), col(Lead.publish_due) <= now())
    query = select(Lead).where(col(Lead.version) > col(Lead.published_version), waiting)
    return list(session.exec(query.order_by(Lead.id).limit(limit)))


def untold(session: Session) -> bool:
    """Whether a lead has a version the registry was never asked about. One it refused is tried again by and by, but
    holds up nobody else's batch."""
    fresh = and_(col(Lead.version) > col(Lead.published_version), col(Lead.publish_error).is_(None))
    return session.exec(select(Lead.id).where(fresh).limit(1)).first() is not None


def settle(session: Session, answers: list[Answer]) -> None:
    """Write down what the registry said. A version published late never hides a newer one."""
    for answer in answers:
        mine = update(Lead).where(col(Lead.id) == answer.lead_id)
        if answer.error is None:
            session.execute(
                mine.where(col(Lead.published_version) < answer.version).values(
                    published_version=answer.version,
                    case_id=answer.case_id,
                    case_state=answer.case_state,
                    publish_due=None,
                    publish_attempts=0,
                    publish_error=None,
                )
            )
            continue
        lead = session.get(Lead, answer.lead_id)
        if lead is not None and lead.version == answer.version:
            lead.publish_attempts += 1
            lead.publish_error = answer.error
            lead.publish_due = now() + min(LONGEST_PAUSE, timedelta(seconds=2**lead.publish_attempts))
            session.add(lead)
