"""Changes become wake-ups: each subscriber of an area in which something changed is woken once, however much it was.

It compares the feed's number with the one last told, so whoever writes a change need not think of subscribers, and what
a crash or an outage left untold is found at the next look. A wake-up and "told" are one transaction.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session, col, select

from kit.columns import now
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.lineage import Lineage
from kit.lineages import Lineages
from kit.logs import get_logger
from kit.outbound import Resolve
from kit.scope import NATION
from kit.subscriptions import News
from kit.webhook_sender import Room, Sender, threads
from registry.areas.lineage import book_version, lineage_on
from registry.audit.store import note
from registry.changes import compact
from registry.changes.store import position
from registry.changes.tables import Change
from registry.settings import RegistrySettings, today
from registry.subscriptions.store import BOOK
from registry.subscriptions.tables import RELAY, Relay

_log = get_logger("wake_followers")
CHANGED = "registry.changed"
EVENTS = (CHANGED,)
LEASE_SECONDS = 300
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Waker:
    """The relay of one process; any number may run."""

    database: Database
    settings: RegistrySettings
    lineage: Callable[[], Lineage]
    clock: Callable[[], datetime] = now

    def wake(self) -> bool:
        """Turn what changed since into wake-ups. False when nothing had."""
        with reading(self.database) as session:
            told = session.exec(select(Relay.change_seq).where(col(Relay.id) == RELAY)).first()
            if told == position(session):
                return False
        lineage = self.lineage()
        with transaction(self.database) as session:
            relay = session.exec(select(Relay).where(col(Relay.id) == RELAY).with_for_update()).one()
            upto = position(session)
            areas = set(session.exec(select(Change.area).where(col(Change.seq) > relay.change_seq).distinct()))
            # Pruned already, or numbered anew since a copy was restored: then everybody looks.
            everywhere = not compact.floor(session) <= relay.change_seq <= upto
            relay.change_seq = upto
            session.add(relay)
            self._put(session, None if everywhere else areas, lineage)
        return True

    def _put(self, session: Session, areas: set[str] | None, lineage: Lineage) -> None:
        due, woken = self.clock() + timedelta(seconds=self.settings.webhook_gather_seconds), 0
        for one in BOOK.listening(session):
            touched = areas is None or one.area == NATION or any(lineage.holds(one.area, area) for area in areas)
            if touched and BOOK.unsent(session, one.id, CHANGED) is None:
                BOOK.put(session, one, News(CHANGED, one.area, {"area": one.area}, now()), due)
                woken += 1
        _log.info("told", count=woken)


def sender(
    database: Database,
    ring: KeyRing,
    settings: RegistrySettings,
    clock: Callable[[], datetime] = now,
    resolve: Resolve | None = None,
) -> Sender:
    """One thread's sender of the registry."""
    return Sender(Room("registry", database, ring, settings, BOOK, note, LEASE_SECONDS), None, clock, resolve)


@contextmanager
def waking(database: Database, ring: KeyRing, settings: RegistrySettings) -> Iterator[None]:
    """While the block runs, followers are woken: a thread for the relay, some for the tries."""
    lineages = Lineages(database, lineage_on, partial(today, settings))
    waker = Waker(database, settings, lambda: lineages.at(book_version(database)))
    steps: list[Callable[[], bool]] = [waker.wake]
    steps += [sender(database, ring, settings).turn for _ in range(settings.webhook_senders)]
    with threads(steps, POLL_SECONDS, settings.webhook_seconds):
        yield
