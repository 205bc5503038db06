"""What a story needs at hand: settings, database, sealed files, registry, and the lease it works under."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import Session

from kit.columns import now
from kit.crypto import KeyRing
from kit.database import Database, transaction
from kit.lease import claim, release, renew
from matcher.batches.files import BatchFiles
from matcher.facts.files import FactFiles
from matcher.flows.encoded_people import EncodedPeople
from matcher.flows.last_screening import LastScreening
from matcher.flows.unregistered import Unregistered
from matcher.people import store as people
from matcher.people.snapshot import PeopleFiles
from matcher.people.tables import STANDING, Standing
from matcher.registry_client import RegistryClient
from matcher.settings import MatcherSettings

# Business dates are Beijing dates: at 07:00 there it is still yesterday in UTC.
BEIJING = ZoneInfo("Asia/Shanghai")
WORKER = "worker"  # what its steps are traced as


@dataclass(frozen=True)
class Desk:
    """One process's tools; made once, shared by all its steps. What it keeps warm of people, records and
    the last screening is its own."""

    settings: MatcherSettings
    database: Database
    ring: KeyRing
    files: BatchFiles
    people: PeopleFiles
    facts: FactFiles
    encoded: EncodedPeople
    unregistered: Unregistered
    registry: RegistryClient
    last_screening: LastScreening

    def today(self) -> date:
        """The day the county is looked at."""
        return self.settings.as_of or now().astimezone(BEIJING).date()

    def close(self) -> None:
        """Close the connections to database and registry."""
        self.registry.close()
        self.database.dispose()


@dataclass(frozen=True)
class Hold:
    """The standing row, held: every write goes through `writing`, which fails when the lease is lost."""

    desk: Desk
    token: int

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction under the lease. Raises LeaseLost, and then nothing was written."""
        with transaction(self.desk.database) as session:
            renew(session, Standing, STANDING, self.token, self.desk.settings.lease_seconds)
            yield session


@contextmanager
def hold(desk: Desk, worker: str) -> Iterator[Hold | None]:
    """Hold the standing row for the block; None when another worker does."""
    with transaction(desk.database) as session:
        people.standing(session)
        row = claim(session, Standing, ("open",), worker, desk.settings.lease_seconds, idle=True)
        token = row.fencing_token if row is not None else None
    if token is None:
        yield None
        return
    try:
        yield Hold(desk, token)
    finally:
        with transaction(desk.database) as session:
            if people.standing(session).fencing_token == token:
                release(session, Standing, STANDING, token)
