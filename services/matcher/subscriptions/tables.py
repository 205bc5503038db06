"""Subscriptions, each wake-up of theirs, and how far the relay has told what happened."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from kit.columns import Instant, Json
from kit.lease import LeaseColumns
from matcher.table import Table

RELAY = "relay"


class Subscription(LeaseColumns, Table, table=True):
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


class Delivery(Table, table=True):
    """One wake-up for one subscription; its id is the event's, however often it is sent."""

    __tablename__ = "webhook_delivery"

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
