"""Subscriptions and deliveries in the database: under the caller's scope, or for the sender under its lease."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import ColumnElement, case, func, or_
from sqlmodel import Session, col, delete, select, update
from sqlmodel.sql.expression import SelectOfScalar

from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.lease import LeaseLost, claim_first
from kit.problems import NotFound
from kit.scope import within
from kit.webhooks import new_secret
from matcher.subscriptions.tables import Delivery, Subscription

URL, SECRETS = "subscription.url", "subscription.secrets"  # what sealed values are bound to
UNVERIFIED, ACTIVE, DISABLED = "unverified", "active", "disabled"
WAITING, SENDING, DELIVERED, FAILED, WITHHELD = "waiting", "sending", "delivered", "failed", "withheld"
PING = "subscription.ping"
MOST_SECRETS = 3
MOST_AT_ONCE = 1000  # of deliveries replayed by one call


@dataclass(frozen=True)
class News:
    """Something to tell: what happened to what, and ids beside."""

    type: str
    subject: str
    data: Mapping[str, str]
    at: datetime


def make(session: Session, ring: KeyRing, caller: Caller, url: str, events: Sequence[str]) -> tuple[Subscription, str]:
    """A subscription of the caller's, which nothing is sent to yet, and its secret."""
    secret = new_secret()
    row = Subscription(
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


def visible(caller: Caller) -> ColumnElement[bool]:
    """An agency's own, of the caller's area."""
    return within(caller, col(Subscription.area), col(Subscription.agency))


def find(session: Session, caller: Caller, subscription_id: str, *, to_write: bool = False) -> Subscription:
    """One subscription. Raises NotFound when absent or not the caller's."""
    query = select(Subscription).where(col(Subscription.id) == subscription_id, visible(caller))
    row = session.exec(query.with_for_update() if to_write else query).first()
    if row is None:
        raise NotFound
    return row


def page(session: Session, caller: Caller, after: str, limit: int) -> Sequence[Subscription]:
    """The caller's, in the order they were made."""
    query = select(Subscription).where(visible(caller), col(Subscription.id) > after)
    return session.exec(query.order_by(col(Subscription.id)).limit(limit)).all()


def count(session: Session, client_id: str) -> int:
    """How many a client has."""
    return session.exec(select(func.count()).where(col(Subscription.client_id) == client_id)).one()


def remove(session: Session, row: Subscription) -> None:
    """Gone with all that was to be sent."""
    session.execute(delete(Delivery).where(col(Delivery.subscription_id) == row.id))
    session.delete(row)
    session.flush()


def alter(session: Session, ring: KeyRing, row: Subscription, url: str, events: Sequence[str]) -> None:
    """Another address must prove itself anew."""
    if ring.decrypt(row.url, URL) != url:
        row.url, row.state, row.reason, row.verified_at = ring.encrypt(url, URL), UNVERIFIED, None, None
        row.failures, row.failing_since, row.resting_until, row.disabled_at = 0, None, None, None
        # Whoever is sending to the former address has nothing to say of the new one.
        row.fencing_token, row.leased_by, row.leased_until = row.fencing_token + 1, None, None
        withhold(session, row.id)
    row.events = sorted(events)
    row.version += 1
    session.add(row)
    session.flush()


def secrets_of(ring: KeyRing, row: Subscription, at: datetime) -> list[tuple[str, datetime | None]]:
    """The secrets that are good at that moment, the newest first, and until when a former one is."""
    found = [(key, until and datetime.fromisoformat(until)) for key, until in orjson.loads(_opened(ring, row))]
    return [(key, until) for key, until in found if until is None or until > at]


def rotate(session: Session, ring: KeyRing, row: Subscription, overlap: timedelta) -> str:
    """A new secret; the former is good for a while longer."""
    secret, at = new_secret(), now()
    former = [(key, until or at + overlap) for key, until in secrets_of(ring, row, at)]
    row.secrets = _sealed(ring, [(secret, None), *former[: MOST_SECRETS - 1]])
    row.version += 1
    session.add(row)
    session.flush()
    return secret


def _sealed(ring: KeyRing, keys: Sequence[tuple[str, datetime | None]]) -> str:
    return ring.encrypt(orjson.dumps(keys).decode(), SECRETS)


def _opened(ring: KeyRing, row: Subscription) -> str:
    return ring.decrypt(row.secrets, SECRETS)


def deliveries(session: Session, row: Subscription, before: str | None, limit: int) -> Sequence[Delivery]:
    """What was or is to be sent, the newest first."""
    query = select(Delivery).where(col(Delivery.subscription_id) == row.id)
    if before is not None:
        query = query.where(col(Delivery.id) < before)
    return session.exec(query.order_by(col(Delivery.id).desc()).limit(limit)).all()


def delivery(session: Session, row: Subscription, delivery_id: str) -> Delivery:
    """One of them. Raises NotFound."""
    found = session.get(Delivery, delivery_id)
    if found is None or found.subscription_id != row.id:
        raise NotFound
    return found


def put(session: Session, row: Subscription, news: News, due: datetime) -> Delivery:
    """To be sent then; while nothing is sent there, only written down."""
    awake = row.state == ACTIVE or news.type == PING
    made = Delivery(
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


def unsent(session: Session, subscription_id: str, kind: str) -> Delivery | None:
    """A wake-up of that kind no try of which is under way: it will do for what happens meanwhile."""
    states = col(Delivery.state).in_((WAITING, WITHHELD))
    query = select(Delivery).where(col(Delivery.subscription_id) == subscription_id, states)
    return session.exec(query.where(col(Delivery.type) == kind).limit(1)).first()


def listening(session: Session) -> Sequence[Subscription]:
    """Who hears of news, if only to be told later."""
    states = col(Subscription.state).in_((ACTIVE, DISABLED))
    return session.exec(select(Subscription).where(states).order_by(col(Subscription.id))).all()


def again(session: Session, rows: Sequence[Delivery], at: datetime) -> None:
    """Send these as if for the first time, under their own ids."""
    for one in rows:
        one.state, one.due_at, one.attempts, one.error, one.status = WAITING, at, 0, None, None
        session.add(one)
    session.flush()


def since(session: Session, row: Subscription, at: datetime, *, arrived: bool) -> Sequence[Delivery]:
    """What happened since then and did not arrive (or did), the oldest first; one more than is replayed at once."""
    states = (FAILED, WITHHELD, *((DELIVERED,) if arrived else ()))
    told = (col(Delivery.subscription_id) == row.id, col(Delivery.type) != PING, col(Delivery.happened_at) >= at)
    query = select(Delivery).where(*told, col(Delivery.state).in_(states))
    return session.exec(query.order_by(col(Delivery.happened_at), col(Delivery.id)).limit(MOST_AT_ONCE + 1)).all()


def withhold(session: Session, subscription_id: str) -> None:
    """Nothing that waits is sent any more; it can be replayed."""
    waits = (col(Delivery.subscription_id) == subscription_id, col(Delivery.due_at).is_not(None))
    session.execute(update(Delivery).where(*waits).values(state=WITHHELD, due_at=None))


def due(at: datetime) -> SelectOfScalar[Subscription]:
    """Subscriptions with something to be sent, whoever has waited longest first; to an address that is not proven, or
    was given up, only a challenge."""
    theirs = (col(Delivery.subscription_id) == col(Subscription.id), col(Delivery.due_at) <= at)
    sent = or_(col(Subscription.state) == ACTIVE, col(Delivery.type) == PING)
    longest = select(func.min(Delivery.due_at)).where(*theirs, sent).scalar_subquery()
    rested = or_(col(Subscription.resting_until).is_(None), col(Subscription.resting_until) <= at)
    return select(Subscription).where(longest.is_not(None), rested).order_by(longest, col(Subscription.id))


def begin(session: Session, worker: str, at: datetime, seconds: int) -> tuple[Subscription, Delivery] | None:
    """Lease the first of them and what is to be sent there; None when there is none. That a try was begun is written
    down before it is made."""
    row = claim_first(session, Subscription, due(at), worker, seconds)
    if row is None:
        return None
    first = case((col(Delivery.type) == PING, 0), else_=1)
    theirs = (col(Delivery.subscription_id) == row.id, col(Delivery.due_at) <= at)
    query = select(Delivery).where(*theirs).order_by(first, col(Delivery.due_at), col(Delivery.happened_at))
    one = session.exec(query.limit(1)).one()
    one.state, one.tried_at = SENDING, at
    one.attempts += 1
    session.add(one)
    session.flush()
    return row, one


def held(session: Session, subscription_id: str, token: int) -> Subscription:
    """The subscription, when the lease is still ours, locked for this transaction. Raises LeaseLost."""
    ours = (col(Subscription.id) == subscription_id, col(Subscription.fencing_token) == token)
    row = session.exec(select(Subscription).where(*ours).with_for_update()).first()
    if row is None:
        raise LeaseLost
    return row
