"""Subscriptions in the database under the caller's scope; the rest is every service's (kit/subscriptions.py)."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.problems import NotFound
from kit.scope import within
from kit.subscriptions import Subscriptions
from registry.subscriptions.tables import Delivery, Subscription

BOOK = Subscriptions(Subscription, Delivery)


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
