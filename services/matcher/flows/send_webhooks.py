"""Wake-ups leave the house: one at a time to each address, slow ones beside the others, none of them in the way of
reading and linking.

That a try was begun stands in the database before it is made, what came of it afterwards; whoever dies between the two
is followed by another, who sends it once more under the same id.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from kit.auth import Caller
from kit.columns import now
from kit.crypto import KeyProblem
from kit.database import reading, transaction
from kit.lease import LeaseLost, me
from kit.logs import get_logger
from kit.outbound import Guard, Resolve
from kit.scope import NATION
from kit.webhooks import GONE, Event, Outcome, Post, Schedule, send, signed
from matcher.audit.store import note
from matcher.flows.desk import Desk
from matcher.flows.tell_subscribers import Teller
from matcher.settings import MatcherSettings
from matcher.subscriptions import store
from matcher.subscriptions.tables import Delivery, Subscription

_log = get_logger("send_webhooks")
SENDER = Caller("webhooks", "matcher", NATION, frozenset(), "webhooks")
SOURCE = "/matcher/v1"
LEAST_FAILURES = 5  # in a row, before an address is given up by time: a clock that jumps is no failure of theirs
LONGEST_REST = 300.0  # seconds an address that failed is left alone before the next try of whatever waits
SPARE_SECONDS = 60  # of a lease, beyond the longest try


def guard_of(settings: MatcherSettings) -> Guard:
    """Where wake-ups may go."""
    return Guard.allowing(settings.outbound_allowed, loopback=settings.webhook_loopback)


@dataclass(frozen=True)
class Begun:
    """A try that is written down and not yet made."""

    subscription: Subscription
    delivery: Delivery


class Sender:
    """One thread's sender; any number may run, in any number of processes."""

    def __init__(
        self, desk: Desk, name: str | None = None, clock: Callable[[], datetime] = now, resolve: Resolve | None = None
    ) -> None:
        self.desk = desk
        self.name = name or me()
        self.clock = clock
        self.resolve = resolve
        self.guard = guard_of(desk.settings)
        self.schedule = Schedule.told(desk.settings.webhook_backoff)

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
        settings, at = self.desk.settings, self.clock()
        with reading(self.desk.database) as session:
            if session.exec(store.due(at).limit(1)).first() is None:
                return None
        seconds = max(settings.lease_seconds, int(settings.webhook_seconds) + SPARE_SECONDS)
        with transaction(self.desk.database) as session:
            found = store.begin(session, self.name, at, seconds)
        return None if found is None else Begun(*found)

    def try_once(self, begun: Begun) -> Outcome:
        """Sign and send; no row is locked meanwhile."""
        ring, row, one = self.desk.ring, begun.subscription, begun.delivery
        at = self.clock()
        source = self.desk.settings.public_url.rstrip("/") + SOURCE
        body = Event(one.id, one.type, source, one.subject, one.happened_at, one.data).body()
        try:
            keys = [key for key, _ in store.secrets_of(ring, row, at)]
            url = ring.decrypt(row.url, store.URL)
        except KeyProblem as problem:
            _log.error("subscription_unreadable", key=row.id, exc_info=problem)
            return Outcome(error="unreadable")
        post = Post(url, signed(one.id, body, keys, at), body, self.desk.settings.webhook_seconds)
        return send(self.guard, post, self.resolve)

    def note(self, begun: Begun, outcome: Outcome) -> None:
        """Write down what came of it and what follows. Raises LeaseLost when somebody else is at it now."""
        with transaction(self.desk.database) as session:
            row = store.held(session, begun.subscription.id, begun.subscription.fencing_token)
            one = session.get_one(Delivery, begun.delivery.id)
            one.status, one.error = outcome.status, outcome.error
            if one.type == store.PING:
                self._pinged(row, one, outcome)
            elif outcome.ok:
                self._arrived(row, one)
            else:
                self._failed(session, row, one, outcome)
            row.leased_by, row.leased_until = None, None
            session.add_all((row, one))
        if not outcome.ok:
            _log.info("webhook_failed", key=begun.delivery.id, status=outcome.status, code=outcome.error)

    def _arrived(self, row: Subscription, one: Delivery) -> None:
        one.state, one.due_at, one.delivered_at = store.DELIVERED, None, self.clock()
        row.failures, row.failing_since, row.resting_until = 0, None, None

    def _pinged(self, row: Subscription, one: Delivery, outcome: Outcome) -> None:
        """An address is whoever's who repeats the challenge. It is tried once: its owner waits for the answer."""
        if outcome.ok and one.data["challenge"].encode() in outcome.body:
            self._arrived(row, one)
            if row.state != store.ACTIVE:
                row.state, row.reason, row.verified_at, row.disabled_at = store.ACTIVE, None, self.clock(), None
                row.version += 1
            return
        one.state, one.due_at = store.FAILED, None
        if outcome.ok:
            one.error = "challenge-missing"

    def _failed(self, session: Session, row: Subscription, one: Delivery, outcome: Outcome) -> None:
        at = self.clock()
        row.failures += 1
        row.failing_since = row.failing_since or at
        long = at - row.failing_since >= timedelta(hours=self.desk.settings.webhook_disable_hours)
        pause = self.schedule.pause(one.attempts)
        row.resting_until = at + timedelta(seconds=self.schedule.rest(row.failures, LONGEST_REST))
        if pause is None:
            one.state, one.due_at = store.FAILED, None
        else:
            one.state, one.due_at = store.WAITING, at + timedelta(seconds=max(pause, outcome.wish))
        if outcome.status == GONE or (long and row.failures >= LEAST_FAILURES):
            session.flush()
            self._disable(session, row, "gone" if outcome.status == GONE else "failing")
            session.refresh(one)

    def _disable(self, session: Session, row: Subscription, reason: str) -> None:
        row.state, row.reason, row.disabled_at, row.resting_until = store.DISABLED, reason, self.clock(), None
        row.version += 1
        store.withhold(session, row.id)
        note(session, self.desk.ring, SENDER, "subscription.disable", row.id, reason=reason, of=row.agency)
        _log.warning("subscription_disabled", key=row.id, code=reason)


def _repeat(step: Callable[[], bool], stop: threading.Event, seconds: float) -> None:
    """`step` until `stop`, at once while there is something to do; what goes wrong is told and tried again."""
    while not stop.is_set():
        try:
            busy = step()
        except Exception as error:
            _log.error("webhook_step_failed", exc_info=error)
            busy = False
        if not busy:
            stop.wait(seconds)


@contextmanager
def sending(desk: Desk) -> Iterator[None]:
    """While the block runs, subscribers are told: a thread for the relay, some for the tries."""
    stop, settings = threading.Event(), desk.settings
    steps: list[Callable[[], bool]] = [Teller(desk).tell]
    steps += [Sender(desk).turn for _ in range(settings.webhook_senders)]
    threads = [
        threading.Thread(target=_repeat, args=(step, stop, settings.worker_poll_seconds), daemon=True) for step in steps
    ]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in threads:
            one.join(timeout=settings.webhook_seconds)
