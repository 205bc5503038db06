"""A matcher that wakes subscribers, under a clock of the test's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlmodel import col, select

from kit.columns import new_id, now
from kit.database import reading, transaction
from kit.outbound import Resolve
from matcher.batches.tables import Batch
from matcher.flows.open_desk import open_desk
from matcher.flows.send_webhooks import Sender
from matcher.flows.tell_subscribers import BATCH_EVENTS, Teller
from matcher.subscriptions.tables import Delivery, Subscription
from tests.matcher.conftest import Matcher
from tests.receiver import Receiver

FEED, AGENCY = "disability-cards", "disabled-persons-federation"
AGENCY_SCOPES = "subscriptions:write batches:read feeds:push feeds:read"
TOWNSHIP_SCOPES = "subscriptions:write leads:read"


@dataclass
class Clock:
    """Time that only the test moves."""

    at: datetime = field(default_factory=now)

    def __call__(self) -> datetime:
        return self.at

    def ahead(self, **by: float) -> None:
        """So much later."""
        self.at += timedelta(**by)


class Hooks:
    """The relay and a sender beside a matcher, and the calls of subscribers."""

    def __init__(self, matcher: Matcher, **settings: Any) -> None:
        self.matcher = matcher
        told = {"webhook_loopback": True, "webhook_gather_seconds": 0, "lease_seconds": 60, **settings}
        self.settings = matcher.settings.model_copy(update=told)
        matcher.app.state.settings = self.settings
        self.clock = Clock()
        self.desk = open_desk(self.settings, matcher.ring, matcher.to_registry)
        self.teller = Teller(self.desk, self.clock)
        self.sender = self.new_sender()

    def new_sender(self, name: str | None = None, resolve: Resolve | None = None) -> Sender:
        """Another thread's, or another process's."""
        return Sender(self.desk, name, self.clock, resolve)

    def patient(self, seconds: float) -> None:
        """From now on a try may take so long."""
        room = self.sender.room
        self.sender.room = replace(room, settings=room.settings.model_copy(update={"webhook_seconds": seconds}))

    def close(self) -> None:
        """Every connection."""
        self.desk.close()

    def agency(self, agency: str = AGENCY, **claims: Any) -> dict[str, str]:
        """The headers of an agency's program."""
        return self.matcher.headers(AGENCY_SCOPES, **{"sub": agency, "agency": agency, **claims})

    def township(self, area: str = "640499100000", **claims: Any) -> dict[str, str]:
        """The headers of a township's."""
        return self.matcher.headers(TOWNSHIP_SCOPES, sub="town", agency="township", area=area, **claims)

    def call(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        """A call about subscriptions, as the agency unless told otherwise."""
        given = {**(headers or self.agency()), **more.pop("with_", {})}
        return self.matcher.http.request(method, f"/subscriptions{path}", headers=given, **more)

    def make(self, receiver: Receiver, *events: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Subscribe (to all of an agency's events unless told), unverified yet."""
        answer = self.call("POST", "", headers, json={"url": receiver.url, "events": events or BATCH_EVENTS})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def active(self, receiver: Receiver, *events: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Subscribe and prove the address; what came for that is taken away."""
        made = self.make(receiver, *events, headers=headers)
        assert self.call("POST", f"/{made['subscription_id']}/ping", headers).status_code == 202
        self.send()
        assert self.get(made, headers)["state"] == "active"
        receiver.take()
        return made

    def get(self, made: dict[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The subscription as its owner sees it."""
        answer = self.call("GET", f"/{made['subscription_id']}", headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def deliveries(self, made: dict[str, Any], headers: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Its deliveries, the newest first, without pings."""
        answer = self.call("GET", f"/{made['subscription_id']}/deliveries", headers)
        assert answer.status_code == 200, answer.text
        return [one for one in answer.json()["deliveries"] if one["type"] != "subscription.ping"]

    def send(self) -> int:
        """Everything that is due; how many tries that was."""
        self.clock.at = max(self.clock.at, now())
        tries = 0
        while self.sender.turn():
            tries += 1
        return tries

    def wake(self) -> int:
        """What happened becomes wake-ups, and these are sent."""
        while self.teller.tell():
            pass
        return self.send()

    def happen(self, state: str, batch_id: str | None = None, **values: Any) -> str:
        """A batch of the agency comes into a state, however: a row of its own, or one there is."""
        with transaction(self.matcher.database) as session:
            row = session.get(Batch, batch_id) if batch_id else _batch()
            assert row is not None
            row.state, row.changed_at = state, now()
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)
            return row.id

    def rows(self) -> list[Delivery]:
        """All deliveries as they stand."""
        with reading(self.matcher.database) as session:
            return list(session.exec(select(Delivery).order_by(col(Delivery.id))))

    def row(self, made: dict[str, Any]) -> Subscription:
        """The subscription as it stands."""
        with reading(self.matcher.database) as session:
            return session.get_one(Subscription, made["subscription_id"])


def _batch() -> Batch:
    return Batch(
        id=new_id(), feed=FEED, feed_version=1, agency=AGENCY, area="640499000000", client_id=AGENCY, purpose="push",
        load="snapshot", mode="commit", bytes=1, sha256="0" * 64, state="sealed", created_at=now(), changed_at=now(),
    )  # fmt: skip
