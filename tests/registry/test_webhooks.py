"""Followers of the changefeed are woken: once for whatever changed in their area, told nothing, never by a stranger."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from kit.columns import now
from kit.database import reading, transaction
from kit.lineage import Lineage
from registry.audit.tables import JournalEntry
from registry.changes import store as changes
from registry.changes.store import Touched, append
from registry.subscriptions.relay import EVENTS, Waker, sender
from registry.subscriptions.tables import RELAY, Delivery, Relay
from tests.receiver import Came, Receiver, Reply, receiving, repeats
from tests.registry.house import COUNTY, TOWN, VILLAGE, House, id_number

FOLLOWS = ("subscriptions:write", "registry:follow")
ELSEWHERE = "640499101203"


class Clock:
    """Time that only the test moves."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> datetime:
        return self.at


class Hooks:
    """The relay and a sender beside a registry, and the calls of subscribers."""

    def __init__(self, house: House) -> None:
        self.house, self.clock = house, Clock()
        house.told(webhook_loopback=True, webhook_gather_seconds=0)
        self.settings = house.app.state.settings
        self.lineage = Lineage()
        self.sender = sender(house.database, house.ring, self.settings, self.clock)

    def call(self, method: str, path: str = "", area: str = COUNTY, **more: Any) -> Any:
        return self.house.call(method, f"/subscriptions{path}", *FOLLOWS, area=area, **more)

    def active(self, receiver: Receiver, area: str = COUNTY) -> dict[str, Any]:
        answer = self.call("POST", area=area, json={"url": receiver.url, "events": [*EVENTS]})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        assert self.call("POST", f"/{made['subscription_id']}/ping", area=area).status_code == 202
        self.send()
        assert self.state(made, area) == ("active", None)
        receiver.take()
        return made

    def state(self, made: dict[str, Any], area: str = COUNTY) -> tuple[str, str | None]:
        told = self.call("GET", f"/{made['subscription_id']}", area=area).json()
        return told["state"], told["reason"]

    def send(self) -> int:
        self.clock.at = max(self.clock.at, now())
        tries = 0
        while self.sender.turn():
            tries += 1
        return tries

    def relay(self) -> bool:
        return Waker(self.house.database, self.settings, lambda: self.lineage, self.clock).wake()

    def wake(self) -> int:
        while self.relay():
            pass
        return self.send()

    def touch(self, area: str = VILLAGE, subject: str = "somebody") -> None:
        with transaction(self.house.database) as session:
            append(session, [Touched("person", subject, area)])


@pytest.fixture
def hooks(house: House) -> Hooks:
    return Hooks(house)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def test_a_change_wakes_its_follower_once_signed_and_says_nothing_of_anybody(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.active(receiver)
    body = {"name": "马有福", "id_number": id_number("19700102", 7), "division": VILLAGE}
    for number in (7, 8):
        told = {**body, "id_number": id_number("19700102", number)}
        assert hooks.house.call("POST", "/persons", "registry:write", json=told).status_code == 201
    assert hooks.wake() == 1
    (came,) = receiver.take()
    assert came.is_signed_by(made["secret"])
    assert not came.is_signed_by("whsec_" + "A" * 44)
    event = {name: value for name, value in came.event.items() if name not in {"id", "time"}}
    assert event == {
        "specversion": "1.0", "type": "registry.changed", "subject": COUNTY, "datacontenttype": "application/json",
        "source": hooks.settings.public_url.rstrip("/") + "/registry/v1", "data": {"area": COUNTY},
    }  # fmt: skip
    whole = json.dumps(came.headers) + came.body.decode()
    assert not [word for word in (*body.values(), "马") if word in whole]
    assert (hooks.wake(), receiver.came) == (0, [])


def test_only_who_sees_the_area_is_woken_and_of_one_that_ended_who_took_it_over(
    hooks: Hooks, receiver: Receiver
) -> None:
    hooks.active(receiver, TOWN)
    hooks.touch(ELSEWHERE)
    assert hooks.wake() == 0
    hooks.lineage = Lineage.of({"640499101000": [TOWN]})
    hooks.touch(ELSEWHERE)
    assert hooks.wake() == 1
    assert [came.event["subject"] for came in receiver.take()] == [TOWN]


def test_more_joins_one_that_waits_and_never_one_under_way(hooks: Hooks, receiver: Receiver) -> None:
    hooks.active(receiver)
    for subject in "abc":
        hooks.touch(subject=subject)
        assert hooks.relay()
    begun = hooks.sender.begin()
    assert begun is not None
    hooks.touch(subject="d")
    assert hooks.relay()
    hooks.sender.note(begun, hooks.sender.try_once(begun))
    assert hooks.send() == 1
    assert len(receiver.take()) == 2


def test_what_was_pruned_before_it_was_told_or_numbered_anew_wakes_everybody(hooks: Hooks, receiver: Receiver) -> None:
    hooks.active(receiver, TOWN)
    hooks.touch(ELSEWHERE)
    hooks.touch(ELSEWHERE, "another")
    with transaction(hooks.house.database) as session:
        changes.prune(session, now() + timedelta(days=1))
    assert hooks.wake() == 1
    with transaction(hooks.house.database) as session:
        relay = session.get_one(Relay, RELAY)
        relay.change_seq += 50
        session.add(relay)
    assert hooks.wake() == 1
    assert len(receiver.take()) == 2


def test_a_receiver_that_is_gone_is_given_up_with_a_reason_and_comes_back_by_a_ping(hooks: Hooks) -> None:
    gone = {"so": False}

    def answer(came: Came) -> Reply:
        return Reply(410) if gone["so"] else repeats(came)

    with receiving() as receiver:
        receiver.answer = answer
        made = hooks.active(receiver)
        gone["so"] = True
        hooks.touch()
        assert hooks.wake() == 1
        assert hooks.state(made) == ("disabled", "gone")
        hooks.touch()
        assert hooks.wake() == 0
        with reading(hooks.house.database) as session:
            asked = select(JournalEntry.actor).where(col(JournalEntry.action) == "subscription.disable")
            assert session.exec(asked).all() == ["webhooks"]
            states = session.exec(select(Delivery.state).where(col(Delivery.type) == EVENTS[0])).all()
        assert set(states) == {"withheld"}
        gone["so"] = False
        assert hooks.call("POST", f"/{made['subscription_id']}/ping").status_code == 202
        hooks.send()
        assert hooks.state(made) == ("active", None)
        since = {"since": (now() - timedelta(hours=1)).isoformat()}
        assert hooks.call("POST", f"/{made['subscription_id']}/replay", json=since).json()["count"] >= 1


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.1/x", "https://[::1]/x", "http://93.184.215.14/x", "https://169.254.169.254/latest", "ftp://a"],
)
def test_inner_addresses_are_refused(house: House, url: str) -> None:
    answer = house.call("POST", "/subscriptions", *FOLLOWS, json={"url": url, "events": [*EVENTS]})
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook-address-refused")


def test_who_may_not_follow_is_not_woken(house: House) -> None:
    body = {"url": "https://93.184.215.14/x", "events": [*EVENTS]}
    answer = house.call("POST", "/subscriptions", "subscriptions:write", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
    answer = house.call("POST", "/subscriptions", *FOLLOWS, json={**body, "events": ["leads.changed"]})
    assert answer.status_code == 422
