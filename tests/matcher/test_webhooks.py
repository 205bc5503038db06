"""A delivery's result wakes its sender: signed, tried again with growing pauses, given up in the end; never a person's
data, never anywhere but where it was looked at."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlmodel import col, select

from kit.columns import now
from kit.database import reading
from kit.webhooks import JITTER
from matcher.audit.tables import Journal
from matcher.batches.states import ENDED
from matcher.flows.tell_subscribers import BATCH_EVENTS
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.hooks import AGENCY, FEED, Hooks
from tests.receiver import Came, Receiver, Reply, receiving, repeats

PEOPLE = county.numbered(6)
PAUSES = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
LONGEST = PAUSES[-1] * (1 + JITTER)
PUBLIC = "93.184.215.14"


@pytest.fixture
def hooks(matcher: Matcher) -> Iterator[Hooks]:
    made = Hooks(matcher)
    yield made
    made.close()


def fails(_: Came) -> Reply:
    return Reply(500)


def told(receiver: Receiver) -> list[tuple[str, str]]:
    """Event and subject of what came."""
    return [(came.event["type"], came.event["subject"]) for came in receiver.take()]


def test_a_delivery_s_result_wakes_its_sender_once_and_says_nothing_of_anybody(
    hooks: Hooks, receiver: Receiver
) -> None:
    made = hooks.active(receiver)
    batch = hooks.matcher.deliver(FEED, [county.card(*one) for one in PEOPLE])
    hooks.matcher.work()
    assert hooks.wake() == 1
    (came,) = receiver.take()
    assert came.is_signed_by(made["secret"])
    assert not came.is_signed_by("whsec_" + "A" * 44)
    assert abs(int(came.headers["webhook-timestamp"]) - time.time()) < 60
    assert came.headers["content-type"] == "application/cloudevents+json"
    assert came.event == {
        "specversion": "1.0", "id": came.id, "type": "batch.published", "subject": batch, "time": came.event["time"],
        "source": "http://127.0.0.1:8700/matcher/v1", "datacontenttype": "application/json",
        "data": {"batch_id": batch, "feed": FEED},
    }  # fmt: skip
    whole = json.dumps(came.headers, ensure_ascii=False) + came.body.decode()
    assert not [word for one in PEOPLE for word in one if word in whole]
    assert (hooks.wake(), receiver.came) == (0, [])
    (one,) = hooks.deliveries(made)
    assert (one["delivery_id"], one["state"], one["status"], one["attempts"]) == (came.id, "delivered", 200, 1)


def test_each_way_a_delivery_can_end_is_told(hooks: Hooks, receiver: Receiver) -> None:
    hooks.active(receiver)
    rows = [county.card(*one) for one in PEOPLE]
    tried = hooks.matcher.deliver(FEED, rows, mode="validate")
    hooks.matcher.work()
    hooks.wake()
    first = hooks.matcher.deliver(FEED, rows)
    hooks.matcher.work()
    hooks.wake()
    same = hooks.matcher.deliver(FEED, rows)
    short = hooks.matcher.deliver(FEED, rows[:2])
    hooks.matcher.work()
    hooks.wake()
    tag = hooks.matcher.http.get(f"/batches/{short}", headers=hooks.agency()).headers["ETag"]
    path = f"/batches/{short}/cancel"
    assert hooks.matcher.http.post(path, headers={**hooks.agency(), "If-Match": tag}).status_code == 200
    hooks.wake()
    broken, refused = hooks.happen("failed"), hooks.happen("rejected")
    hooks.wake()
    assert told(receiver) == [
        ("batch.validated", tried), ("batch.published", first), ("batch.unchanged", same),
        ("batch.needs-confirmation", short), ("batch.cancelled", short), ("batch.failed", broken),
        ("batch.rejected", refused),
    ]  # fmt: skip


def test_every_state_in_which_a_batch_ends_has_its_event() -> None:
    assert {f"batch.{state.replace('_', '-')}" for state in ENDED} < set(BATCH_EVENTS)
    assert {"batch.validated", "batch.needs-confirmation"} < set(BATCH_EVENTS)


def test_what_failed_again_is_news_and_what_is_published_again_is_none(hooks: Hooks, receiver: Receiver) -> None:
    hooks.active(receiver)
    batch = hooks.happen("failed")
    hooks.wake()
    hooks.happen("sealed", batch)
    hooks.wake()
    hooks.happen("failed", batch)
    hooks.wake()
    assert told(receiver) == [("batch.failed", batch)] * 2
    for state in ("published", "linked", "screened", "published"):
        hooks.happen(state, batch)
        hooks.wake()
    assert told(receiver) == [("batch.published", batch)]


def test_what_was_committed_late_or_under_another_clock_is_found(hooks: Hooks, receiver: Receiver) -> None:
    hooks.active(receiver)
    hooks.wake()  # the whole has been looked at
    late = hooks.happen("failed")
    hooks.happen("failed", late, changed_at=now() - timedelta(minutes=10))
    hooks.wake()
    assert told(receiver) == [("batch.failed", late)]
    old = hooks.happen("rejected")
    hooks.happen("rejected", old, changed_at=now() - timedelta(days=2))
    hooks.wake()
    assert told(receiver) == []
    hooks.teller.next_whole = 0.0  # ten minutes later
    hooks.wake()
    assert told(receiver) == [("batch.rejected", old)]


def test_what_happened_before_somebody_subscribed_is_not_told(hooks: Hooks, receiver: Receiver) -> None:
    hooks.happen("failed")
    hooks.wake()
    hooks.active(receiver)
    hooks.wake()
    assert told(receiver) == []


def tries_until_the_end(hooks: Hooks, first: datetime) -> list[float]:
    """Send whenever something is due; the seconds between the tries, the first of which was made then."""
    at = [first]
    while (due := hooks.rows()[-1].due_at) is not None:
        hooks.clock.at = due
        assert hooks.send() == 1
        at.append(hooks.clock.at)
        assert len(at) < 20
    return [(later - earlier).total_seconds() for earlier, later in pairwise(at)]


def test_a_failure_is_tried_again_after_pauses_that_grow_and_arrives_in_the_end(
    hooks: Hooks, receiver: Receiver
) -> None:
    made = hooks.active(receiver)
    receiver.answer = lambda _: Reply(200 if len(receiver.came) == 5 else 500)
    hooks.happen("failed")
    hooks.wake()
    first = hooks.clock.at  # the next look's clock is later: what is drawn at random may be less than that
    assert hooks.send() == 0  # not before its time
    waited = tries_until_the_end(hooks, first)
    assert len(waited) == 4
    assert all(told <= real <= told * (1 + JITTER) for told, real in zip(PAUSES, waited, strict=False))
    came = receiver.take()
    assert len({one.id for one in came}) == 1
    assert len({one.body for one in came}) == 1
    assert len({one.headers["webhook-timestamp"] for one in came}) == 5
    assert all(one.is_signed_by(made["secret"]) for one in came)
    assert (hooks.get(made)["failures"], hooks.get(made)["failing_since"]) == (0, None)


def test_a_receiver_too_slow_is_tried_again_and_one_that_asks_for_time_gets_it(
    matcher: Matcher, receiver: Receiver
) -> None:
    hooks = Hooks(matcher)
    made = hooks.active(receiver)
    given_up = threading.Event()

    def slow(_: Came) -> Reply:
        given_up.wait(120)
        return Reply(200)

    receiver.answer = slow
    hooks.happen("failed")
    hooks.patient(0.3)
    hooks.wake()
    given_up.set()
    hooks.patient(30)
    (one,) = hooks.deliveries(made)
    assert (one["state"], one["error"], one["status"], one["attempts"]) == ("waiting", "too-slow", None, 1)
    receiver.answer = lambda _: Reply(429, headers={"Retry-After": "4000"})
    hooks.clock.ahead(seconds=7)
    hooks.send()
    (row,) = [one for one in hooks.rows() if one.type == "batch.failed"]
    assert row.due_at == hooks.clock.at + timedelta(seconds=4000)
    hooks.close()


def test_one_bad_event_is_given_up_in_the_end_and_keeps_nobody_waiting(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.active(receiver)
    bad = hooks.happen("failed")
    receiver.answer = lambda came: Reply(500 if came.event["subject"] == bad else 200)
    hooks.wake()
    for _ in range(len(PAUSES) + 1):
        good = hooks.happen("rejected")
        hooks.clock.ahead(seconds=LONGEST)
        hooks.wake()
        hooks.clock.ahead(minutes=5)  # after failures in a row an address rests, and never for longer
        hooks.send()
        assert ("batch.rejected", good) in told(receiver)
    state = {one["type"]: one["state"] for one in hooks.deliveries(made)}
    assert state == {"batch.failed": "failed", "batch.rejected": "delivered"}
    assert hooks.get(made)["state"] == "active"


def test_gone_disables_at_once_and_its_owner_sees_why_and_gets_all_of_it_later(
    hooks: Hooks, receiver: Receiver
) -> None:
    made = hooks.active(receiver)
    receiver.answer = lambda _: Reply(410)
    lost = hooks.happen("failed")
    hooks.wake()
    shown = hooks.get(made)
    assert (shown["state"], shown["reason"]) == ("disabled", "gone")
    assert "410" in shown["message"]
    assert "ping" in shown["message_en"]
    with reading(hooks.matcher.database) as session:
        noted = session.exec(select(Journal).where(col(Journal.action) == "subscription.disable")).one()
    assert (noted.subject, noted.detail["reason"]) == (made["subscription_id"], "gone")
    receiver.take()
    missed = hooks.happen("rejected")
    hooks.clock.ahead(days=1)
    assert (hooks.wake(), receiver.came) == (0, [])
    states = [(one["type"], one["state"]) for one in hooks.deliveries(made)]
    assert states == [("batch.rejected", "withheld"), ("batch.failed", "withheld")]
    path = f"/{made['subscription_id']}"
    asleep = hooks.call("POST", f"{path}/replay", json={"since": "2021-01-01T00:00:00Z"})
    assert (asleep.status_code, asleep.json()["code"]) == (409, "subscription-asleep")
    receiver.answer = repeats
    hooks.call("POST", f"{path}/ping")
    hooks.wake()
    assert (hooks.get(made)["state"], hooks.get(made)["reason"], told(receiver)) == (
        "active", None, [("subscription.ping", made["subscription_id"])],
    )  # fmt: skip
    again = hooks.call("POST", f"{path}/replay", json={"since": "2021-01-01T00:00:00Z"})
    assert again.json() == {"count": 2, "more": False}
    hooks.wake()
    assert told(receiver) == [("batch.failed", lost), ("batch.rejected", missed)]


def test_three_days_of_failures_disable_and_not_before(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.active(receiver)
    receiver.answer = fails
    hooks.happen("failed")
    hooks.wake()
    begun = hooks.clock.at
    while hooks.get(made)["state"] == "active":
        assert hooks.clock.at - begun < timedelta(days=5)
        hooks.clock.ahead(hours=1)
        hooks.send()
    assert timedelta(days=3) <= hooks.clock.at - begun
    shown = hooks.get(made)
    assert (shown["reason"], shown["failures"] >= 5) == ("failing", True)
    assert hooks.deliveries(made)[0]["status"] == 500


def test_a_clock_that_jumps_a_week_gives_nobody_up(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.active(receiver)
    receiver.answer = fails
    hooks.happen("failed")
    hooks.wake()
    hooks.clock.ahead(days=7)
    hooks.send()
    receiver.answer = repeats
    hooks.clock.ahead(hours=1)
    hooks.send()
    assert (hooks.get(made)["state"], hooks.deliveries(made)[0]["state"]) == ("active", "delivered")


def test_nothing_is_redirected(hooks: Hooks, receiver: Receiver) -> None:
    with receiving() as elsewhere:
        made = hooks.active(receiver)
        receiver.answer = lambda _: Reply(307, headers={"Location": elsewhere.url})
        hooks.happen("failed")
        hooks.wake()
        assert elsewhere.came == []
    (one,) = hooks.deliveries(made)
    assert (one["state"], one["status"]) == ("waiting", 307)


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.5/x", "https://169.254.169.254/latest", "https://[::1]/x", "http://93.184.215.14/x",
        "https://localhost/x", "http://127.0.0.1:8700/x", "https://user:pass@93.184.215.14/", "ftp://93.184.215.14/",
        "https://2130706433/", "x",
    ],
)  # fmt: skip
def test_an_inner_address_is_refused_at_once(matcher: Matcher, url: str) -> None:
    hooks = Hooks(matcher, webhook_loopback=False)
    answer = hooks.call("POST", "", json={"url": url, "events": ["batch.failed"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook-address-refused")
    assert "outbound_allowed" in answer.json()["detail"]
    assert hooks.call("GET", "").json()["subscriptions"] == []
    hooks.close()


def test_a_name_that_leads_inside_or_later_does_is_not_called(
    matcher: Matcher, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = Hooks(matcher, webhook_loopback=False)
    leads_to = {"hooks.example.org": "10.0.0.5"}
    monkeypatch.setattr("kit.outbound._resolved", lambda host, _port: [leads_to[host]])
    wanted = {"url": "https://hooks.example.org/x", "events": ["batch.failed"]}
    assert hooks.call("POST", "", json=wanted).status_code == 422
    leads_to["hooks.example.org"] = PUBLIC
    answer = hooks.call("POST", "", json=wanted)
    assert answer.status_code == 201
    leads_to["hooks.example.org"] = "127.0.0.1"  # where our receiver listens: it must not hear of it
    hooks.call("POST", f"/{answer.json()['subscription_id']}/ping")
    assert hooks.send() == 1
    (ping,) = hooks.rows()
    assert (ping.state, ping.error, ping.status, receiver.came) == ("failed", "refused", None, [])
    assert hooks.get(answer.json())["state"] == "unverified"
    hooks.close()


def test_an_answer_without_end_ends(matcher: Matcher, receiver: Receiver) -> None:
    hooks = Hooks(matcher)
    made = hooks.active(receiver)
    hooks.patient(4)
    for reply in (Reply(200, endless=True), Reply(200, endless=True, pause=0.05)):
        receiver.answer = lambda _, told=reply: told  # type: ignore[misc]  # a lambda's default is its own
        hooks.happen("failed")
        begun = time.monotonic()
        assert hooks.wake() == 1
        assert time.monotonic() - begun < 60  # the whole of what is read would take a quarter of an hour at that pace
    assert {one["state"] for one in hooks.deliveries(made)} == {"delivered"}
    hooks.close()


def test_only_who_repeats_the_challenge_is_woken(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.make(receiver)
    hooks.happen("failed")
    assert (hooks.wake(), receiver.came) == (0, [])
    for reply, error, status in ((Reply(200, b"ok"), "challenge-missing", 200), (Reply(500), None, 500)):
        receiver.answer = lambda _, told=reply: told  # type: ignore[misc]  # a lambda's default is its own
        path = f"/{made['subscription_id']}/ping"
        first, second = hooks.call("POST", path).json(), hooks.call("POST", path).json()
        assert first["delivery_id"] == second["delivery_id"]  # one at a time
        hooks.clock.ahead(days=1)
        assert (hooks.wake(), len(receiver.take())) == (1, 1)  # and tried once
        assert (hooks.rows()[-1].state, hooks.rows()[-1].error, hooks.rows()[-1].status) == ("failed", error, status)
        assert hooks.get(made)["state"] == "unverified"
    assert hooks.get(made)["agency"] == AGENCY
