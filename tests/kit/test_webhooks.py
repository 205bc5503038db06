"""The envelope is CloudEvents 1.0, the signature Standard Webhooks', pauses grow; no answer raises."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from kit.outbound import Guard
from kit.webhooks import JITTER, LONGEST_WISH, Event, Outcome, Post, Schedule, new_secret, send, signed
from tests.receiver import Receiver, Reply

AT = datetime(2021, 6, 1, 8, 30, tzinfo=UTC)
HERE = Guard.allowing("", loopback=True)
EVENT = Event("e1", "batch.published", "https://d.example/matcher/v1", "b1", AT, {"batch_id": "b1"})


def test_the_signature_is_the_one_of_the_standard_s_own_example() -> None:
    """The vector the published libraries of Standard Webhooks are tested with."""
    headers = signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        datetime.fromtimestamp(1614265330, UTC),
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330")


def test_every_secret_signs_and_each_is_32_random_bytes() -> None:
    keys = [new_secret(), new_secret()]
    assert keys[0] != keys[1]
    told = signed("e1", b"{}", keys, AT)["webhook-signature"].split(" ")
    for key, one in zip(keys, told, strict=True):
        raw = base64.b64decode(key.removeprefix("whsec_"))
        assert len(raw) == 32
        content = f"e1.{int(AT.timestamp())}.{{}}".encode()
        assert one == "v1," + base64.b64encode(hmac.new(raw, content, hashlib.sha256).digest()).decode()


def test_the_envelope_is_a_cloud_event_and_always_the_same_bytes() -> None:
    told = json.loads(EVENT.body())
    assert told == {
        "specversion": "1.0", "id": "e1", "type": "batch.published", "source": "https://d.example/matcher/v1",
        "subject": "b1", "time": "2021-06-01T08:30:00+00:00", "datacontenttype": "application/json",
        "data": {"batch_id": "b1"},
    }  # fmt: skip
    assert EVENT.body() == EVENT.body()
    assert signed("e1", b"{}", [], AT)["Content-Type"] == "application/cloudevents+json"


def test_pauses_are_those_told_a_little_longer_at_random_and_end() -> None:
    schedule = Schedule.told("5, 300,1800")
    for tries, told in ((1, 5), (2, 300), (3, 1800)):
        drawn = {schedule.pause(tries) for _ in range(50)}
        assert all(one is not None and told <= one <= told * (1 + JITTER) for one in drawn)
        assert len(drawn) > 20
    assert schedule.pause(4) is None


@pytest.mark.parametrize("wrong", ["", "5,,6", "x", "0", "-1", "nan", "inf", "99999999"])
def test_pauses_nobody_can_keep_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"pause|float"):
        Schedule.told(wrong)


@pytest.mark.parametrize(
    ("asked", "wish"),
    [("120", 120.0), ("9999999", LONGEST_WISH), ("x", 0.0), ("-5", 0.0), ("١٢", 0.0), ("9" * 400, 0.0)],
)
def test_a_receiver_may_ask_for_time_within_reason(receiver: Receiver, asked: str, wish: float) -> None:
    told = asked.encode().decode("latin-1")
    receiver.answer = lambda _: Reply(503, headers={"Retry-After": told})
    outcome = send(HERE, Post(receiver.url, {}, EVENT.body(), 5))
    assert (outcome.status, outcome.ok, outcome.wish) == (503, False, wish)


@pytest.mark.parametrize("garbage", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" * 400])
def test_an_answer_that_is_none_is_told_as_such(receiver: Receiver, garbage: bytes) -> None:
    receiver.answer = lambda _: Reply(raw=garbage)
    assert send(HERE, Post(receiver.url, {}, b"{}", 5)) == Outcome(error="no-connection")


def test_an_answer_without_end_is_read_so_far_and_no_further(receiver: Receiver) -> None:
    receiver.answer = lambda _: Reply(200, endless=True)
    outcome = send(HERE, Post(receiver.url, {}, b"{}", 5))
    assert outcome.ok
    assert len(outcome.body) == 16 * 1024


def test_an_answer_that_drips_has_the_time_there_is_and_no_more(receiver: Receiver) -> None:
    receiver.answer = lambda _: Reply(200, endless=True, pause=0.05)
    assert send(HERE, Post(receiver.url, {}, b"{}", 3)).ok  # it said 200: it has it
    receiver.answer = lambda _: Reply(200, late=60)
    assert send(HERE, Post(receiver.url, {}, b"{}", 0.4)) == Outcome(error="too-slow")
