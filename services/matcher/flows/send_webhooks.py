"""The matcher's wake-ups leave the house beside its worker (kit/webhook_sender.py)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from kit import webhook_sender
from kit.columns import now
from kit.outbound import Resolve
from matcher.audit.store import note
from matcher.flows.desk import Desk
from matcher.flows.tell_subscribers import Teller
from matcher.subscriptions.store import BOOK


class Sender(webhook_sender.Sender):
    """One thread's sender of the matcher."""

    def __init__(
        self, desk: Desk, name: str | None = None, clock: Callable[[], datetime] = now, resolve: Resolve | None = None
    ) -> None:
        room = webhook_sender.Room(
            "matcher", desk.database, desk.ring, desk.settings, BOOK, note, desk.settings.lease_seconds
        )
        super().__init__(room, name, clock, resolve)


@contextmanager
def sending(desk: Desk) -> Iterator[None]:
    """While the block runs, subscribers are told: a thread for the relay, some for the tries."""
    settings = desk.settings
    steps: list[Callable[[], bool]] = [Teller(desk).tell]
    steps += [Sender(desk).turn for _ in range(settings.webhook_senders)]
    with webhook_sender.threads(steps, settings.worker_poll_seconds, settings.webhook_seconds):
        yield
