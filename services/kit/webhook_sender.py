"""Wake-ups leave the house: one at a time to each address, slow ones beside the others, none of them in the way of
reading and linking.

That a try was begun stands in the database before it is made, what came of it afterwards; whoever dies between the two
is followed by another, who sends it once more under the same id.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from kit.auth import Caller
from kit.columns import now
from kit.crypto import KeyProblem, KeyRing
from kit.database import Database, reading, transaction
from kit.lease import LeaseLost, me
from kit.logs import get_logger
from kit.outbound import Guard, Resolve
from kit.rests import Rests
from kit.scope import NATION
from kit.settings import WebhookSettings
from kit.subscriptions import (
    ACTIVE,
    DELIVERED,
    DISABLED,
    FAILED,
    PING,
    URL,
    WAITING,
    DeliveryRow,
    SubscriptionRow,
    Subscriptions,
    secrets_of,
)
from kit.webhooks import GONE, Event, Outcome, Post, Schedule, send, signed

_log = get_logger("send_webhooks")
LEAST_FAILURES = 5  # in a row, before an address is given up by time: a clock that jumps is no failure of theirs
LONGEST_REST = 300.0  # seconds an address that failed is left alone before the next try of whatever waits
SPARE_SECONDS = 60  # of a lease, beyond the longest try
IDLE_SECONDS = 1.0  # what a pause grows to where nobody is to be told anything


def guard_of(settings: WebhookSettings) -> Guard:
    """Where wake-ups may go."""
    return Guard.allowing(settings.outbound_allowed, loopback=settings.webhook_loopback)


@dataclass(frozen=True)
class Room:
    """What a service's senders share: its tables, keys, journal, and for how long a try is leased."""

    service: str
    database: Database
    ring: KeyRing
    settings: WebhookSettings
    book: Subscriptions
    note: Callable[..., None]
    lease_seconds: int

    @property
    def sender(self) -> Caller:
        """Who stands in the journal where an address is given up."""
        return Caller("webhooks", self.service, NATION, frozenset(), "webhooks")


@dataclass(frozen=True)
class Begun:
    """A try that is written down and not yet made."""

    subscription: SubscriptionRow
    delivery: DeliveryRow


class Sender:
    """One thread's sender; any number may run, in any number of processes."""

    def __init__(
        self, room: Room, name: str | None = None, clock: Callable[[], datetime] = now, resolve: Resolve | None = None
    ) -> None:
        self.room = room
        self.name = name or me()
        self.clock = clock
        self.resolve = resolve
        self.guard = guard_of(room.settings)
        self.schedule = Schedule.told(room.settings.webhook_backoff)

    def turn(self) -> bool:
        """Send what has waited longest. False when nothing is due."""
        begun = self.begin()
        if begun is None:
            return False
        outcome = self.try_once(begun)
        try:
            self.note(begun, outcome)
        except LeaseLost:
            _log.warning("lease_lost", key=begun.delivery.id)
        return True

    def begin(self) -> Begun | None:
        """Take the next try upon us."""
        settings, at = self.room.settings, self.clock()
        with reading(self.room.database) as session:
            if session.exec(self.room.book.due(at).limit(1)).first() is None:
                return None
        seconds = max(self.room.lease_seconds, int(settings.webhook_seconds) + SPARE_SECONDS)
        with transaction(self.room.database) as session:
            found = self.room.book.begin(session, self.name, at, seconds)
        return None if found is None else Begun(*found)

    def try_once(self, begun: Begun) -> Outcome:
        """Sign and send; no row is locked meanwhile."""
        ring, row, one = self.room.ring, begun.subscription, begun.delivery
        at = self.clock()
        source = self.room.settings.public_url.rstrip("/") + f"/{self.room.service}/v1"
        body = Event(one.id, one.type, source, one.subject, one.happened_at, one.data).body()
        try:
            keys = [key for key, _ in secrets_of(ring, row, at)]
            url = ring.decrypt(row.url, URL)
        except KeyProblem as problem:
            _log.error("subscription_unreadable", key=row.id, exc_info=problem)
            return Outcome(error="unreadable")
        post = Post(url, signed(one.id, body, keys, at), body, self.room.settings.webhook_seconds)
        return send(self.guard, post, self.resolve)

    def note(self, begun: Begun, outcome: Outcome) -> None:
        """Write down what came of it and what follows. Raises LeaseLost when somebody else is at it now."""
        with transaction(self.room.database) as session:
            row = self.room.book.held(session, begun.subscription.id, begun.subscription.fencing_token)
            one = session.get_one(self.room.book.wakes, begun.delivery.id)
            one.status, one.error = outcome.status, outcome.error
            if one.type == PING:
                self._pinged(row, one, outcome)
            elif outcome.ok:
                self._arrived(row, one)
            else:
                self._failed(session, row, one, outcome)
            row.leased_by, row.leased_until = None, None
            session.add_all((row, one))
        if not outcome.ok:
            _log.info("webhook_failed", key=begun.delivery.id, status=outcome.status, code=outcome.error)

    def _arrived(self, row: SubscriptionRow, one: DeliveryRow) -> None:
        one.state, one.due_at, one.delivered_at = DELIVERED, None, self.clock()
        row.failures, row.failing_since, row.resting_until = 0, None, None

    def _pinged(self, row: SubscriptionRow, one: DeliveryRow, outcome: Outcome) -> None:
        """An address is whoever's who repeats the challenge. It is tried once: its owner waits for the answer."""
        if outcome.ok and one.data["challenge"].encode() in outcome.body:
            self._arrived(row, one)
            if row.state != ACTIVE:
                row.state, row.reason, row.verified_at, row.disabled_at = ACTIVE, None, self.clock(), None
                row.version += 1
            return
        one.state, one.due_at = FAILED, None
        if outcome.ok:
            one.error = "challenge-missing"

    def _failed(self, session: Session, row: SubscriptionRow, one: DeliveryRow, outcome: Outcome) -> None:
        at = self.clock()
        row.failures += 1
        row.failing_since = row.failing_since or at
        long = at - row.failing_since >= timedelta(hours=self.room.settings.webhook_disable_hours)
        pause = self.schedule.pause(one.attempts)
        row.resting_until = at + timedelta(seconds=self.schedule.rest(row.failures, LONGEST_REST))
        if pause is None:
            one.state, one.due_at = FAILED, None
        else:
            one.state, one.due_at = WAITING, at + timedelta(seconds=max(pause, outcome.wish))
        if outcome.status == GONE or (long and row.failures >= LEAST_FAILURES):
            session.flush()
            self._disable(session, row, "gone" if outcome.status == GONE else "failing")
            session.refresh(one)

    def _disable(self, session: Session, row: SubscriptionRow, reason: str) -> None:
        row.state, row.reason, row.disabled_at, row.resting_until = DISABLED, reason, self.clock(), None
        row.version += 1
        self.room.book.withhold(session, row.id)
        self.room.note(
            session, self.room.ring, self.room.sender, "subscription.disable", row.id, reason=reason, of=row.agency
        )
        _log.warning("subscription_disabled", key=row.id, code=reason)


def _repeat(step: Callable[[], bool], stop: threading.Event, seconds: float) -> None:
    """`step` until `stop`, at once while there is something to do; what goes wrong is told and tried again."""
    rests = Rests(seconds, IDLE_SECONDS)
    while not stop.is_set():
        try:
            busy = step()
        except Exception as error:
            _log.error("webhook_step_failed", exc_info=error)
            busy = False
        if busy:
            rests.begin_again()
        else:
            stop.wait(rests.take())


@contextmanager
def threads(steps: Sequence[Callable[[], bool]], pause: float, patience: float) -> Iterator[None]:
    """While the block runs each step has a thread of its own: the relay's, and each sender's. `pause`: seconds between
    two looks, `patience`: how long the end waits for a try under way."""
    stop = threading.Event()
    running = [threading.Thread(target=_repeat, args=(step, stop, pause), daemon=True) for step in steps]
    for one in running:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in running:
            one.join(timeout=patience)
