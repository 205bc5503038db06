"""What of the matcher's tables is worth watching: deliveries that wait or are held, feeds nobody delivers, doubts and
leads by state, how long ago the registry was heard, what the journal has yet to vouch."""

from sqlmodel import Session, col, func, select

from kit.checkpoints import unvouched
from kit.metrics import Counted, Gauge, Values, age, alone
from matcher.audit.tables import CHAIN
from matcher.batches.states import READY, WAITING
from matcher.batches.tables import Batch, FeedAlert
from matcher.flows.desk import Desk
from matcher.leads.tables import Lead
from matcher.people.tables import Standing
from matcher.reviews.rule import OPEN
from matcher.reviews.tables import Doubt

UNDER_WAY = (*WAITING, *READY, "linked", "screened")


def counted(desk: Desk) -> Counted:
    """The matcher's figures."""
    gauges = (
        Gauge("doudi_batches", "Deliveries", _batches, ("state",)),
        Gauge("doudi_batch_waiting_seconds", "Since when the longest delivery under way has not moved", _waiting),
        Gauge("doudi_feed_stale", "Lines of deliveries that are late", _stale, ("feed",)),
        Gauge("doudi_reviews_open", "Doubts that wait for a human", _doubts),
        Gauge("doudi_leads", "Leads", _leads, ("state",)),
        Gauge("doudi_leads_unpublished", "Leads whose newest version the ledger has not taken", _unpublished),
        Gauge("doudi_registry_heard_seconds", "Since when the registry was not asked for changes", _heard),
        Gauge("doudi_journal_unvouched", "Entries of the journal no checkpoint covers yet", _unvouched),
    )
    return Counted(desk.database, gauges, desk.settings.data_dir)


def _batches(session: Session) -> Values:
    return {(state,): count for state, count in session.exec(select(Batch.state, func.count()).group_by(Batch.state))}


def _waiting(session: Session) -> Values:
    moved = session.exec(select(func.min(Batch.changed_at)).where(col(Batch.state).in_(UNDER_WAY))).one()
    return age(moved) or alone(0)


def _stale(session: Session) -> Values:
    query = select(FeedAlert.feed, func.count()).where(col(FeedAlert.cleared_at).is_(None)).group_by(FeedAlert.feed)
    return {(feed,): count for feed, count in session.exec(query)}


def _doubts(session: Session) -> Values:
    return alone(session.exec(select(func.count()).select_from(Doubt).where(Doubt.state == OPEN)).one())


def _leads(session: Session) -> Values:
    return {(state,): count for state, count in session.exec(select(Lead.state, func.count()).group_by(Lead.state))}


def _unpublished(session: Session) -> Values:
    behind = col(Lead.version) > col(Lead.published_version)
    return alone(session.exec(select(func.count()).select_from(Lead).where(behind)).one())


def _heard(session: Session) -> Values:
    return age(session.exec(select(Standing.asked_at)).first())


def _unvouched(session: Session) -> Values:
    return alone(unvouched(session, CHAIN))
