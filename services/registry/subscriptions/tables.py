"""Subscriptions, each wake-up of theirs, and how far the relay has told of the changes."""

from sqlmodel import Field

from kit.subscriptions import DeliveryRow, SubscriptionRow
from registry.table import Table

RELAY = "relay"


class Subscription(Table, SubscriptionRow, table=True):
    """An address of a follower's own to be woken at. Leased while something is on its way there."""

    __tablename__ = "registry_subscription"  # the two services may share a database


class Delivery(Table, DeliveryRow, table=True):
    """One wake-up for one subscription; its id is the event's, however often it is sent."""

    __tablename__ = "registry_webhook_delivery"


class Relay(Table, table=True):
    """One row, locked while changes are turned into wake-ups. The migration makes it."""

    __tablename__ = "registry_webhook_relay"

    id: str = Field(primary_key=True, max_length=8)
    change_seq: int = 0  # the last change that was told
