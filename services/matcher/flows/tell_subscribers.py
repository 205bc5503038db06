"""What happened becomes wake-ups: of a batch that came to rest, and of a match list with something new.

A relay, not a hook: it compares the state each batch is in with the last one that was told, so whoever moves a batch
need not think of subscribers, and what a crash, a restored copy or an outage left untold is found at the next look.
Wake-ups are written in the transaction that notes what was told: none is forgotten, and none is made twice.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, not_, or_
from sqlmodel import Session, col, select

from kit.columns import now
from kit.database import reading, transaction
from kit.logs import get_logger
from kit.scope import covers
from kit.subscriptions import News, SubscriptionRow
from matcher.batches.states import ENDED
from matcher.batches.tables import Batch
from matcher.flows.desk import Desk
from matcher.leads.tables import LeadChange
from matcher.people.tables import STANDING, Standing
from matcher.subscriptions.store import BOOK
from matcher.subscriptions.tables import RELAY, BatchTold, Relay

_log = get_logger("tell_subscribers")
STATES = (*ENDED, "validated", "needs_confirmation")  # in which a batch rests, or which its sender waits for
LEADS_CHANGED = "leads.changed"
LOOK_BACK = timedelta(minutes=15)  # a state set that long ago may have been committed just now
WHOLE_SECONDS = 600.0  # between two looks at every batch: after a jump of the clock, or a restored copy
PAGE = 500


def event_of(state: str) -> str:
    """The event of a batch that came into this state."""
    return f"batch.{state.replace('_', '-')}"


BATCH_EVENTS = tuple(event_of(state) for state in STATES)
EVENTS = (*BATCH_EVENTS, LEADS_CHANGED)


class Teller:
    """The relay of one process; any number may run."""

    def __init__(self, desk: Desk, clock: Callable[[], datetime] = now) -> None:
        self.desk = desk
        self.clock = clock
        self.next_whole = 0.0

    def tell(self) -> bool:
        """Turn what happened since into wake-ups. False when nothing had."""
        whole = time.monotonic() >= self.next_whole
        since = None if whole else now() - LOOK_BACK
        with reading(self.desk.database) as session:
            news = bool(_untold(session, since, 1)) or _lists_moved(session)
        if not news:
            self.next_whole = time.monotonic() + WHOLE_SECONDS if whole else self.next_whole
            return False
        with transaction(self.desk.database) as session:
            relay = session.exec(select(Relay).where(col(Relay.id) == RELAY).with_for_update()).one()
            listening = BOOK.listening(session)
            batches = _untold(session, since, PAGE)
            for batch in batches:
                self._tell_batch(session, batch, listening)
            self._tell_lists(session, relay, listening)
        _log.info("told", count=len(batches))
        return True

    def _tell_batch(self, session: Session, batch: Any, listening: Sequence[SubscriptionRow]) -> None:
        told = session.get(BatchTold, batch.id) or BatchTold(batch_id=batch.id, state="", changed_at=batch.changed_at)
        told.state, told.changed_at = batch.state, batch.changed_at
        session.add(told)
        news = News(event_of(batch.state), batch.id, {"batch_id": batch.id, "feed": batch.feed}, batch.changed_at)
        for one in listening:
            if news.type in one.events and one.agency == batch.agency and covers(one.area, batch.area):
                BOOK.put(session, one, news, self.clock())

    def _tell_lists(self, session: Session, relay: Relay, listening: Sequence[SubscriptionRow]) -> None:
        """Each list once, however much of it moved: what is new stands behind the reader's own cursor."""
        standing = session.get(Standing, STANDING)
        if standing is None or standing.change_seq == relay.lead_seq:
            return
        query = select(LeadChange.area).where(col(LeadChange.seq) > relay.lead_seq).distinct()
        areas = session.exec(query).all()
        # Forgotten already, or numbered anew since a copy was restored: then everybody looks.
        everywhere = not standing.change_floor <= relay.lead_seq <= standing.change_seq
        relay.lead_seq = standing.change_seq
        session.add(relay)
        due = self.clock() + timedelta(seconds=self.desk.settings.webhook_gather_seconds)
        for one in listening:
            touched = everywhere or any(covers(one.area, area) for area in areas)
            if LEADS_CHANGED in one.events and touched and BOOK.unsent(session, one.id, LEADS_CHANGED) is None:
                BOOK.put(session, one, News(LEADS_CHANGED, one.area, {"area": one.area}, now()), due)


def _untold(session: Session, since: datetime | None, limit: int) -> Sequence[Any]:
    """Batches in a state nobody was told of. One that is published again because people changed is no news; one that
    failed again is."""
    same = or_(col(Batch.state) == "published", col(BatchTold.changed_at) == col(Batch.changed_at))
    known = and_(col(BatchTold.state) == col(Batch.state), same)
    # SQLite would go by the index of states, which nearly all batches share, and not by that of the times.
    at_rest = func.trim(col(Batch.state)).in_(STATES)
    columns = (Batch.id, Batch.feed, Batch.agency, Batch.area, Batch.state, Batch.changed_at)
    query = (
        select(*columns)  # type: ignore[call-overload]  # SQLModel declares up to four columns
        .join(BatchTold, col(BatchTold.batch_id) == col(Batch.id), isouter=True)
        .where(at_rest, or_(col(BatchTold.batch_id).is_(None), not_(known)))
    )
    if since is not None:
        query = query.where(col(Batch.changed_at) > since)
    found: Sequence[Any] = session.exec(query.order_by(col(Batch.changed_at), col(Batch.id)).limit(limit)).all()
    return found


def _lists_moved(session: Session) -> bool:
    query = select(Standing.id).join(Relay, col(Relay.lead_seq) != col(Standing.change_seq))
    return session.exec(query.where(col(Standing.id) == STANDING)).first() is not None
