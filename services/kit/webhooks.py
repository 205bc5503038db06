"""Webhooks: a wake-up in an envelope (CloudEvents 1.0), signed (Standard Webhooks 1), sent, judged, tried again later.

A wake-up says that there is something to fetch and where, never what: its body holds ids and words of our own. Which
events there are, who hears of them and what is kept of each try is a service's own business.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from kit.outbound import TOO_SLOW, Ask, Guard, NoAnswer, Refused, Resolve

PREFIX = "whsec_"
SECRET_BYTES = 32
MEDIA_TYPE = "application/cloudevents+json"
LARGEST_ANSWER = 16 * 1024  # nobody needs more to repeat a challenge
LONGEST_WISH = 86_400.0  # seconds a receiver may ask us to wait by Retry-After
JITTER = 0.2  # the share by which a pause is drawn out at random: receivers that fell together do not rise together
GONE = 410


def new_secret() -> str:
    """A secret as Standard Webhooks writes one: whsec_ and 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


@dataclass(frozen=True)
class Event:
    """What happened: `subject` is the id of what it happened to, `data` ids and words of our own."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    data: Mapping[str, str]

    def body(self) -> bytes:
        """The envelope, byte for byte the same whenever it is sent."""
        told = {
            "specversion": "1.0",
            "id": self.id,
            "type": self.type,
            "source": self.source,
            "subject": self.subject,
            "time": self.time,
            "datacontenttype": "application/json",
            "data": self.data,
        }
        return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def signed(event_id: str, body: bytes, keys: Sequence[str], at: datetime) -> dict[str, str]:
    """The headers of one try, signed by each of `keys`: while a secret is changed, two are good."""
    seconds = str(int(at.timestamp()))
    content = f"{event_id}.{seconds}.".encode() + body
    return {
        "Content-Type": MEDIA_TYPE,
        "User-Agent": "doudi-webhooks",
        "webhook-id": event_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{_signature(key, content)}" for key in keys),
    }


def _signature(key: str, content: bytes) -> str:
    secret = base64.b64decode(key.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(secret, content, "sha256")).decode()


@dataclass(frozen=True)
class Outcome:
    """What came of one try: the status answered, or in one word why there was none."""

    status: int | None = None
    error: str | None = None  # refused | too-slow | no-connection; None where there is a status
    body: bytes = b""
    wish: float = 0.0  # seconds the receiver asked us to wait

    @property
    def ok(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True)
class Post:
    """One try: where to, what, and how long it may take."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    seconds: float


def send(guard: Guard, post: Post, resolve: Resolve | None = None) -> Outcome:
    """Make one try. Never raises for anything the other side does."""
    try:
        answer = guard.call(post.url, Ask(post.headers, post.body, post.seconds, LARGEST_ANSWER), resolve)
    except Refused:
        return Outcome(error="refused")
    except NoAnswer as trouble:
        return Outcome(error="too-slow" if str(trouble) == TOO_SLOW else "no-connection")
    wish = answer.retry_after or ""
    return Outcome(answer.status, None, answer.body, min(float(wish), LONGEST_WISH) if _is_number(wish) else 0.0)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


@dataclass(frozen=True)
class Schedule:
    """The pauses between tries, in seconds: after the last there is none."""

    pauses: tuple[float, ...]

    @classmethod
    def told(cls, text: str) -> "Schedule":
        """As a setting says it, by commas. Raises ValueError."""
        pauses = tuple(float(word) for word in text.split(","))
        if not all(0 < one <= LONGEST_WISH * 7 for one in pauses):
            raise ValueError("a pause is more than nothing and at most a week")
        return cls(pauses)

    def pause(self, tries: int) -> float | None:
        """How long to wait after that many tries, drawn out a little at random; None: it was the last."""
        if tries > len(self.pauses):
            return None
        return self.pauses[tries - 1] * (1 + JITTER * secrets.randbelow(1000) / 1000)

    def rest(self, failures: int, longest: float) -> float:
        """How long an address is left alone after that many failures in a row, whatever else waits for it."""
        return min(self.pauses[min(failures, len(self.pauses)) - 1], longest)
