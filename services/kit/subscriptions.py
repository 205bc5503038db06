"""Who is woken by webhook, and every wake-up: what a service keeps of both, under the sender's lease.

Whose a subscription is, is the service's own clause; what leaves the house is `kit/webhook_sender.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import case, or_
from sqlmodel import Field, Session, SQLModel, col, delete, func, select, update
from sqlmodel.sql.expression import SelectOfScalar

from kit.auth import Caller
from kit.columns import Instant, Json, new_id, now
from kit.crypto import KeyRing
from kit.lease import LeaseColumns, claim_first, still_ours
from kit.problems import NotFound
from kit.webhooks import new_secret

URL, SECRETS = "subscription.url", "subscription.secrets"  # what sealed values are bound to
UNVERIFIED, ACTIVE, DISABLED = "unverified", "active", "disabled"
WAITING, SENDING, DELIVERED, FAILED, WITHHELD = "waiting", "sending", "delivered", "failed", "withheld"
PING = "subscription.ping"
MOST_SECRETS = 3
MOST_AT_ONCE = 1000  # of deliveries replayed by one call


class SubscriptionRow(LeaseColumns):
    """An address of an agency's or township's own to be woken at. Leased while something is on its way there."""

    id: str = Field(primary_key=True, max_length=36)
    client_id: str = Field(max_length=64, index=True)
    agency: str = Field(max_length=64, index=True)
    area: str = Field(max_length=12, index=True)
    url: str  # sealed: its path is often a secret
    events: Any = Field(sa_type=Json)
    secrets: str  # sealed JSON: [[secret, good until or null]], the newest first
    state: str = Field(max_length=12, index=True)  # unverified | active | disabled
    reason: str | None = Field(default=None, max_length=12)  # of a disabled one: gone | failing
    version: int = 1
    failures: int = 0  # in a row
    failing_since: datetime | None = Field(default=None, sa_type=Instant)
    resting_until: datetime | None = Field(default=None, sa_type=Instant)  # nothing is sent before: it just failed
    verified_at: datetime | None = Field(default=None, sa_type=Instant)
    disabled_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)


class DeliveryRow(SQLModel):
    """One wake-up for one subscription; its id is the event's, however often it is sent."""

    id: str = Field(primary_key=True, max_length=36)
    subscription_id: str = Field(max_length=36, index=True)
    type: str = Field(max_length=40)
    subject: str = Field(max_length=36)
    data: Any = Field(sa_type=Json)  # ids and words of our own
    happened_at: datetime = Field(sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant, index=True)
    state: str = Field(max_length=12)  # waiting | sending | delivered | failed | withheld
    due_at: datetime | None = Field(default=None, sa_type=Instant, index=True)  # null: nothing is to be sent
    attempts: int = 0
    tried_at: datetime | None = Field(default=None, sa_type=Instant)
    delivered_at: datetime | None = Field(default=None, sa_type=Instant)
    status: int | None = None
    error: str | None = Field(default=None, max_length=24)


@dataclass(frozen=True)
class News:
    """Something to tell: what happened to what, and ids beside."""

    type: str
    subject: str
    data: Mapping[str, str]
    at: datetime


def secrets_of(ring: KeyRing, row: SubscriptionRow, at: datetime) -> list[tuple[str, datetime | None]]:
    """The secrets that are good at that moment, the newest first, and until when a former one is."""
    found = [(key, until and datetime.fromisoformat(until)) for key, until in orjson.loads(_opened(ring, row))]
    return [(key, until) for key, until in found if until is None or until > at]


def _sealed(ring: KeyRing, keys: Sequence[tuple[str, datetime | None]]) -> str:
    return ring.encrypt(orjson.dumps(keys).decode(), SECRETS)


def _opened(ring: KeyRing, row: SubscriptionRow) -> str:
    return ring.decrypt(row.secrets, SECRETS)


@dataclass(frozen=True)
class Subscriptions:
    """The two tables of one service."""

    subscriptions: Any  # the table over SubscriptionRow
    wakes: Any  # and that over DeliveryRow

    def make(
        self, session: Session, ring: KeyRing, caller: Caller, url: str, events: Sequence[str]
    ) -> tuple[SubscriptionRow, str]:
        """A subscription of the caller's, which nothing is sent to yet, and its secret."""
        secret = new_secret()
        row = self.subscriptions(
            id=new_id(),
            client_id=caller.client_id,
            agency=caller.agency,
            area=caller.area,
            url=ring.encrypt(url, URL),
            events=sorted(events),
            secrets=_sealed(ring, [(secret, None)]),
            state=UNVERIFIED,
            created_at=now(),
        )
        session.add(row)
        session.flush()
        return row, secret

    def count(self, session: Session, client_id: str) -> int:
        """How many a client has."""
        return session.exec(select(func.count()).where(col(self.subscriptions.client_id) == client_id)).one()

    def remove(self, session: Session, row: SubscriptionRow) -> None:
        """Gone with all that was to be sent."""
        session.execute(delete(self.wakes).where(col(self.wakes.subscription_id) == row.id))
        session.delete(row)
        session.flush()

    def alter(self, session: Session, ring: KeyRing, row: SubscriptionRow, url: str, events: Sequence[str]) -> None:
        """Another address must prove itself anew."""
        if ring.decrypt(row.url, URL) != url:
            row.url, row.state, row.reason, row.verified_at = ring.encrypt(url, URL), UNVERIFIED, None, None
            row.failures, row.failing_since, row.resting_until, row.disabled_at = 0, None, None, None
            # Whoever is sending to the former address has nothing to say of the new one.
            row.fencing_token, row.leased_by, row.leased_until = row.fencing_token + 1, None, None
            self.withhold(session, row.id)
        row.events = sorted(events)
        row.version += 1
        session.add(row)
        session.flush()

    def rotate(self, session: Session, ring: KeyRing, row: SubscriptionRow, overlap: timedelta) -> str:
        """A new secret; the former is good for a while longer."""
        secret, at = new_secret(), now()
        former = [(key, until or at + overlap) for key, until in secrets_of(ring, row, at)]
        row.secrets = _sealed(ring, [(secret, None), *former[: MOST_SECRETS - 1]])
        row.version += 1
        session.add(row)
        session.flush()
        return secret

    def deliveries(
        self, session: Session, row: SubscriptionRow, before: str | None, limit: int
    ) -> Sequence[DeliveryRow]:
        """What was or is to be sent, the newest first."""
        query = select(self.wakes).where(col(self.wakes.subscription_id) == row.id)
        if before is not None:
            query = query.where(col(self.wakes.id) < before)
        return session.exec(query.order_by(col(self.wakes.id).desc()).limit(limit)).all()

    def delivery(self, session: Session, row: SubscriptionRow, delivery_id: str) -> DeliveryRow:
        """One of them. Raises NotFound."""
        found: DeliveryRow | None = session.get(self.wakes, delivery_id)
        if found is None or found.subscription_id != row.id:
            raise NotFound
        return found

    def put(self, session: Session, row: SubscriptionRow, news: News, due: datetime) -> DeliveryRow:
        """To be sent then; while nothing is sent there, only written down."""
        awake = row.state == ACTIVE or news.type == PING
        made: DeliveryRow = self.wakes(
            id=new_id(),
            subscription_id=row.id,
            type=news.type,
            subject=news.subject,
            data=dict(news.data),
            happened_at=news.at,
            created_at=now(),
            state=WAITING if awake else WITHHELD,
            due_at=due if awake else None,
        )
        session.add(made)
        session.flush()
        return made

    def unsent(self, session: Session, subscription_id: str, kind: str) -> DeliveryRow | None:
        """A wake-up of that kind no try of which is under way: it will do for what happens meanwhile."""
        states = col(self.wakes.state).in_((WAITING, WITHHELD))
        query = select(self.wakes).where(col(self.wakes.subscription_id) == subscription_id, states)
        return session.exec(query.where(col(self.wakes.type) == kind).limit(1)).first()

    def listening(self, session: Session) -> Sequence[SubscriptionRow]:
        """Who hears of news, if only to be told later."""
        states = col(self.subscriptions.state).in_((ACTIVE, DISABLED))
        return session.exec(select(self.subscriptions).where(states).order_by(col(self.subscriptions.id))).all()

    def again(self, session: Session, rows: Sequence[DeliveryRow], at: datetime) -> None:
        """Send these as if for the first time, under their own ids."""
        for one in rows:
            one.state, one.due_at, one.attempts, one.error, one.status = WAITING, at, 0, None, None
            session.add(one)
        session.flush()

    def since(self, session: Session, row: SubscriptionRow, at: datetime, *, arrived: bool) -> Sequence[DeliveryRow]:
        """What happened since then and did not arrive (or did), the oldest first; one more than is replayed at once."""
        states = (FAILED, WITHHELD, *((DELIVERED,) if arrived else ()))
        told = (
            col(self.wakes.subscription_id) == row.id,
            col(self.wakes.type) != PING,
            col(self.wakes.happened_at) >= at,
        )
        query = select(self.wakes).where(*told, col(self.wakes.state).in_(states))
        return session.exec(
            query.order_by(col(self.wakes.happened_at), col(self.wakes.id)).limit(MOST_AT_ONCE + 1)
        ).all()

    def withhold(self, session: Session, subscription_id: str) -> None:
        """Nothing that waits is sent any more; it can be replayed."""
        waits = (col(self.wakes.subscription_id) == subscription_id, col(self.wakes.due_at).is_not(None))
        session.execute(update(self.wakes).where(*waits).values(state=WITHHELD, due_at=None))

    def due(self, at: datetime) -> SelectOfScalar[SubscriptionRow]:
        """Subscriptions with something to be sent, whoever has waited longest first; to an address that is not proven,
        or was given up, only a challenge."""
        theirs = (col(self.wakes.subscription_id) == col(self.subscriptions.id), col(self.wakes.due_at) <= at)
        sent = or_(col(self.subscriptions.state) == ACTIVE, col(self.wakes.type) == PING)
        longest = select(func.min(self.wakes.due_at)).where(*theirs, sent).scalar_subquery()
        rested = or_(col(self.subscriptions.resting_until).is_(None), col(self.subscriptions.resting_until) <= at)
        return (
            select(self.subscriptions).where(longest.is_not(None), rested).order_by(longest, col(self.subscriptions.id))
        )

    def begin(
        self, session: Session, worker: str, at: datetime, seconds: int
    ) -> tuple[SubscriptionRow, DeliveryRow] | None:
        """Lease the first of them and what is to be sent there; None when there is none. That a try was begun is
        written down before it is made."""
        row = claim_first(session, self.subscriptions, self.due(at), worker, seconds)
        if row is None:
            return None
        first = case((col(self.wakes.type) == PING, 0), else_=1)
        theirs = (col(self.wakes.subscription_id) == row.id, col(self.wakes.due_at) <= at)
        query = select(self.wakes).where(*theirs).order_by(first, col(self.wakes.due_at), col(self.wakes.happened_at))
        one = session.exec(query.limit(1)).one()
        one.state, one.tried_at = SENDING, at
        one.attempts += 1
        session.add(one)
        session.flush()
        return row, one

    def held(self, session: Session, subscription_id: str, token: int) -> SubscriptionRow:
        """The subscription, when the lease is still ours, locked for this transaction. Raises LeaseLost."""
        row: SubscriptionRow = still_ours(session, self.subscriptions, subscription_id, token)
        return row
