"""Subscriptions, each wake-up of theirs, and how far the relay has told what happened."""

from datetime import datetime

from sqlmodel import Field

from kit.columns import Instant
from kit.subscriptions import DeliveryRow, SubscriptionRow
from matcher.table import Table

RELAY = "relay"


class Subscription(Table, SubscriptionRow, table=True):
    """An address of an agency's or township's own to be woken at. Leased while something is on its way there."""


class Delivery(Table, DeliveryRow, table=True):
    """One wake-up for one subscription; its id is the event's, however often it is sent."""

    __tablename__ = "webhook_delivery"


class BatchTold(Table, table=True):
    """The last state of a batch that subscribers were told of: what differs is news."""

    __tablename__ = "batch_told"

    batch_id: str = Field(primary_key=True, max_length=36)
    state: str = Field(max_length=24)
    changed_at: datetime = Field(sa_type=Instant)


class Relay(Table, table=True):
    """One row, locked while news are turned into deliveries. The migration makes it."""

    __tablename__ = "webhook_relay"

    id: str = Field(primary_key=True, max_length=8)
    lead_seq: int = 0  # the last change of the match list that was told
