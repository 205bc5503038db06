"""Whose a subscription is, what it may hear of, and what its owner can do with it."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from kit.columns import now
from kit.database import transaction
from kit.lease import LeaseLost
from matcher.flows.forget import run
from matcher.flows.send_webhooks import sending
from matcher.flows.tell_subscribers import Teller
from matcher.leads.tables import LeadChange
from matcher.people.tables import STANDING, Standing
from matcher.subscriptions.tables import Delivery
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.hooks import FEED, Hooks
from tests.receiver import Came, Receiver, Reply, receiving

PEOPLE = county.numbered(4)
GREEN, WHITE, COUNTY = "640499100000", "640499200000", "640499000000"
LEADS = "leads.changed"


@pytest.fixture
def hooks(matcher: Matcher) -> Iterator[Hooks]:
    made = Hooks(matcher)
    yield made
    made.close()


def test_another_agency_s_subscription_is_absent(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.active(receiver)
    hooks.happen("failed")
    hooks.wake()
    one = hooks.deliveries(made)[0]["delivery_id"]
    path, body = f"/{made['subscription_id']}", {"url": receiver.url, "events": ["batch.failed"]}
    strangers = (
        hooks.agency("health"), hooks.agency(area="640498000000"), hooks.agency(area=GREEN),
        hooks.agency("civil-affairs"),
    )  # fmt: skip
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", path, {}), ("PUT", path, {"json": body}), ("DELETE", path, {}), ("POST", f"{path}/ping", {}),
        ("POST", f"{path}/rotate-secret", {}), ("GET", f"{path}/deliveries", {}),
        ("POST", f"{path}/deliveries/{one}/replay", {}),
        ("POST", f"{path}/replay", {"json": {"since": "2021-01-01T00:00:00Z"}}),
    ]  # fmt: skip
    for stranger in strangers:
        assert hooks.call("GET", "", stranger).json() == {"subscriptions": [], "cursor": None}
        for method, where, more in calls:
            assert hooks.call(method, where, stranger, **more).json()["code"] == "not-found", (method, where)
    with receiving() as other:
        theirs = hooks.active(other, headers=hooks.agency("health"))
        foreign = f"/{theirs['subscription_id']}/deliveries/{one}/replay"
        assert hooks.call("POST", foreign, hooks.agency("health")).status_code == 404
    assert hooks.get(made)["state"] == "active"


def test_an_agency_hears_of_its_own_batches_in_its_own_area_and_of_what_it_asked_for(
    hooks: Hooks, receiver: Receiver
) -> None:
    hooks.active(receiver, "batch.failed", headers=hooks.agency(area=GREEN))
    for agency, area, state in (
        ("health", GREEN, "failed"),
        ("disabled-persons-federation", WHITE, "failed"),
        ("disabled-persons-federation", COUNTY, "failed"),
        ("disabled-persons-federation", GREEN, "rejected"),
    ):
        hooks.happen(state, agency=agency, area=area)
    own = hooks.happen("failed", area="640499100201")
    hooks.wake()
    assert [came.event["subject"] for came in receiver.take()] == [own]


def test_what_may_not_be_read_may_not_be_heard_of(hooks: Hooks, receiver: Receiver) -> None:
    def asked(headers: dict[str, str], *events: str) -> str:
        answer = hooks.call("POST", "", headers, json={"url": receiver.url, "events": events})
        return str(answer.json().get("code", answer.status_code))

    matcher = hooks.matcher
    assert asked(matcher.headers("subscriptions:write leads:read"), "batch.failed") == "scope-missing"
    assert asked(matcher.headers("subscriptions:write batches:read"), LEADS) == "scope-missing"
    assert asked(matcher.headers("batches:read leads:read"), "batch.failed") == "scope-missing"
    outside = matcher.headers("subscriptions:write leads:read", agency="health")
    assert asked(outside, LEADS) == "agreement-insufficient"  # nor does another agency follow the list itself
    assert asked(hooks.agency(), "batch.eaten") == "body-invalid"
    assert asked(hooks.agency()) == "body-invalid"
    assert asked(hooks.township(), LEADS) == "201"


def test_a_client_has_so_many_and_no_more_until_it_deletes_one(matcher: Matcher, receiver: Receiver) -> None:
    hooks = Hooks(matcher, webhooks_per_client=2)
    first = hooks.make(receiver)
    hooks.make(receiver)
    answer = hooks.call("POST", "", json={"url": receiver.url, "events": ["batch.failed"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "subscriptions-too-many")
    assert hooks.call("DELETE", f"/{first['subscription_id']}").status_code == 204
    assert hooks.call("GET", f"/{first['subscription_id']}").status_code == 404
    hooks.make(receiver)
    listed = hooks.call("GET", "", params={"limit": 1}).json()
    rest = hooks.call("GET", "", params={"limit": 1, "cursor": listed["cursor"]}).json()
    assert len({one["subscription_id"] for page in (listed, rest) for one in page["subscriptions"]}) == 2
    assert "secret" not in str(listed).replace("former_secret_until", "")
    hooks.close()


def test_a_repeated_creation_makes_one_and_its_secret_is_in_no_cell(hooks: Hooks, receiver: Receiver) -> None:
    wanted = {"url": f"{receiver.url}/capability-4711", "events": ["batch.failed"]}
    keyed = {**hooks.agency(), "Idempotency-Key": "one"}
    first, second = (hooks.call("POST", "", keyed, json=wanted).json() for _ in range(2))
    assert first == second
    row = hooks.row(first)
    assert "capability" not in str(row)
    assert first["secret"][6:] not in str(row)


def test_another_address_proves_itself_anew_and_hears_nothing_meant_for_the_former(
    hooks: Hooks, receiver: Receiver
) -> None:
    made = hooks.active(receiver)
    path = f"/{made['subscription_id']}"
    receiver.answer = lambda _: Reply(500)
    hooks.happen("failed")
    hooks.wake()
    with receiving() as other:
        wanted = {"url": other.url, "events": ["batch.failed"]}
        assert hooks.call("PUT", path, json=wanted).json()["code"] == "version-missing"
        stale = hooks.call("PUT", path, json=wanted, with_={"If-Match": '"77"'})
        assert stale.json()["code"] == "version-mismatch"
        tag = hooks.call("GET", path).headers["ETag"]
        begun = hooks.sender.begin()
        assert begun is None
        hooks.clock.ahead(hours=1)
        begun = hooks.sender.begin()  # somebody is just sending to the former
        assert begun is not None
        changed = hooks.call("PUT", path, json=wanted, with_={"If-Match": tag})
        assert (changed.status_code, changed.json()["state"]) == (200, "unverified")
        with pytest.raises(LeaseLost):
            hooks.sender.note(begun, hooks.sender.try_once(begun))
        hooks.clock.ahead(days=1)
        assert (hooks.wake(), other.came) == (0, [])
        hooks.call("POST", f"{path}/ping")
        hooks.send()
        assert [came.event["type"] for came in other.take()] == ["subscription.ping"]
        assert hooks.get(made)["state"] == "active"


def test_a_new_secret_signs_beside_the_former_for_a_day(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.active(receiver)
    path = f"/{made['subscription_id']}/rotate-secret"
    second = hooks.call("POST", path).json()
    assert second["former_secret_until"] is not None
    hooks.happen("failed")
    hooks.wake()
    (came,) = receiver.take()
    assert len(came.headers["webhook-signature"].split(" ")) == 2
    assert came.is_signed_by(made["secret"])
    assert came.is_signed_by(second["secret"])
    hooks.clock.ahead(hours=25)
    hooks.happen("rejected")
    hooks.wake()
    (came,) = receiver.take()
    assert came.is_signed_by(second["secret"])
    assert not came.is_signed_by(made["secret"])


def test_one_that_arrived_is_sent_again_under_its_own_id(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.active(receiver)
    hooks.happen("failed")
    hooks.teller.tell()
    path = f"/{made['subscription_id']}"
    waiting = f"{path}/deliveries/{hooks.deliveries(made)[0]['delivery_id']}/replay"
    assert hooks.call("POST", waiting).json()["code"] == "delivery-busy"
    hooks.send()
    assert hooks.call("POST", waiting).status_code == 202
    hooks.send()
    first, second = receiver.take()
    assert (first.id, first.body) == (second.id, second.body)
    since = (now() - timedelta(hours=1)).isoformat()
    assert hooks.call("POST", f"{path}/replay", json={"since": since}).json() == {"count": 0, "more": False}
    all_of_it = hooks.call("POST", f"{path}/replay", json={"since": since, "only": "all"})
    assert all_of_it.json() == {"count": 1, "more": False}
    late = {"since": now().isoformat(), "only": "all"}
    assert hooks.call("POST", f"{path}/replay", json=late).json()["count"] == 0


def test_a_township_is_woken_once_for_whatever_is_new_on_its_list(hooks: Hooks, receiver: Receiver) -> None:
    with receiving() as white, receiving() as whole:
        made = hooks.active(receiver, LEADS, headers=hooks.township())
        hooks.active(white, LEADS, headers=hooks.township(WHITE))
        hooks.active(whole, LEADS, headers=hooks.township(COUNTY))
        hooks.matcher.deliver(FEED, [county.card(*one) for one in PEOPLE])
        hooks.matcher.work()
        hooks.wake()
        (came,) = receiver.take()
        assert came.event["data"] == {"area": GREEN}
        assert (came.event["type"], came.event["subject"]) == (LEADS, GREEN)
        assert came.is_signed_by(made["secret"])
        assert (len(whole.take()), white.take()) == (1, [])
        assert hooks.wake() == 0
        followed = hooks.matcher.get("/leads/changes", hooks.matcher.headers("leads:read", area=GREEN))
        assert len(followed["changes"]) == len(PEOPLE)


def moves(hooks: Hooks) -> None:
    """Something on the list of a township changes."""
    with transaction(hooks.matcher.database) as session:
        standing = session.get(Standing, STANDING) or Standing(id=STANDING, state="open", created_at=now(), files=[])
        standing.change_seq += 1
        session.add(standing)
        session.add(
            LeadChange(seq=standing.change_seq, lead_id="x", area=GREEN, change="upsert", version=1, made_at=now())
        )


def test_changes_are_gathered_but_none_into_a_wake_up_already_on_its_way(matcher: Matcher, receiver: Receiver) -> None:
    hooks = Hooks(matcher, webhook_gather_seconds=30)
    headers = hooks.township()
    made = hooks.active(receiver, LEADS, headers=headers)
    for _ in range(3):
        moves(hooks)
        hooks.teller.tell()
    assert (hooks.send(), len(hooks.deliveries(made, headers))) == (0, 1)
    hooks.clock.ahead(seconds=31)
    begun = hooks.sender.begin()
    assert begun is not None
    outcome = hooks.sender.try_once(begun)  # its receiver looks now, before the next change
    moves(hooks)
    hooks.teller.tell()
    hooks.sender.note(begun, outcome)
    hooks.clock.ahead(seconds=31)
    hooks.send()
    assert len({came.id for came in receiver.take()}) == 2
    hooks.close()


def test_a_list_whose_changes_were_forgotten_wakes_everybody(hooks: Hooks, receiver: Receiver) -> None:
    hooks.active(receiver, LEADS, headers=hooks.township(WHITE))
    with transaction(hooks.matcher.database) as session:
        standing = Standing(id=STANDING, state="open", created_at=now(), files=[])
        standing.change_seq, standing.change_floor = 90, 90
        session.add(standing)
    hooks.wake()
    assert [came.event["type"] for came in receiver.take()] == [LEADS]


def test_what_became_of_a_wake_up_is_forgotten_in_time_but_for_what_waits(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.active(receiver)
    hooks.happen("failed")
    hooks.wake()
    receiver.answer = lambda _: Reply(500)
    hooks.happen("rejected")
    hooks.wake()
    with transaction(hooks.matcher.database) as session:
        for one in session.exec(select(Delivery)):
            one.created_at = now() - timedelta(days=31)
            session.add(one)
    done = {one.job: one.deleted for one in run(hooks.desk)}
    assert done["wake-ups"] == {"wake-ups": 2}  # the ping and the one that arrived
    assert [one["type"] for one in hooks.deliveries(made)] == ["batch.rejected"]


def test_two_workers_tell_and_send_each_once(hooks: Hooks, receiver: Receiver) -> None:
    made = [hooks.active(receiver) for _ in range(3)]
    batches = {hooks.happen("failed") for _ in range(10)}
    hooks.clock.ahead(seconds=5)
    receiver.answer = lambda _: Reply(200, late=0.01)
    tellers = [Teller(hooks.desk, hooks.clock) for _ in range(2)]
    senders = [hooks.new_sender(f"machine{n}:1:x") for n in range(2)]

    def work(teller: Teller, sender: Any) -> None:
        until = time.monotonic() + 60
        while len(receiver.came) < 30 and time.monotonic() < until:
            teller.tell()
            sender.turn()
        while sender.turn():
            pass

    threads = [threading.Thread(target=work, args=pair) for pair in zip(tellers, senders, strict=True)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=120)
    told = Counter((came.id, came.event["subject"]) for came in receiver.take())
    assert (len(told), set(told.values())) == (30, {1})
    assert Counter(subject for _, subject in told) == dict.fromkeys(batches, len(made))
    assert {one.fencing_token > 1 for one in map(hooks.row, made)} == {True}


def test_a_slow_receiver_keeps_nobody_else_waiting(matcher: Matcher, receiver: Receiver) -> None:
    hooks = Hooks(matcher, webhook_senders=2, webhook_seconds=60)
    with receiving() as quick:
        slow, other = hooks.active(receiver), hooks.active(quick)
        answers = threading.Event()

        def late(_: Came) -> Reply:
            answers.wait(120)
            return Reply(200)

        receiver.answer = late
        batches = [hooks.happen("failed") for _ in range(4)]
        begun = time.monotonic()
        with sending(hooks.desk):
            while len(quick.came) < 4 or not receiver.came:
                assert time.monotonic() - begun < 60
                time.sleep(0.01)
            assert len(receiver.came) == 1  # one at a time to each address
            hooks.matcher.deliver(FEED, [county.card(*one) for one in PEOPLE])
            hooks.matcher.work()
            answers.set()
        assert {came.event["subject"] for came in quick.take()} >= set(batches)
        assert (hooks.row(slow).state, hooks.row(other).state) == ("active", "active")
    hooks.close()
