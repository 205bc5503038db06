"""The embedded whole as real processes on a port of the loopback, with the clients of everybody who takes part."""

import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from subprocess import Popen
from typing import Any

from doudi.agency import MEDIA_TYPES, Agency
from doudi.embedded import start, stop
from doudi.home import Home
from doudi.main_job import FEEDS
from doudi.serve import free_port
from registry.access.store import Grant
from tests.conftest import fresh_database
from tests.journeys.quiet import Watch
from tests.journeys.villagers import COUNTY

JUNE, JULY, AUGUST = date(2021, 6, 1), date(2021, 7, 1), date(2021, 8, 1)
AGENCY_SCOPES = ("feeds:read", "feeds:push", "batches:read")
COUNTY_SCOPES = (
    "areas:write", "imports:write", "registry:read", "cases:read", "cases:write", "batches:read", "links:read",
    "leads:read", "leads:reveal", "statistics:read",
)  # fmt: skip
TOWNSHIP_SCOPES = ("leads:read", "leads:reveal", "cases:read", "cases:write", "statistics:read")
# Who may do what, by the name a test calls them: agency, scopes, the purpose named.
GRANTS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "county": ("civil-affairs", COUNTY_SCOPES, "reveal"),
    "approver": ("civil-affairs", ("cases:read", "cases:approve", "cases:write"), "dynamic-monitoring"),
    "auditor": ("civil-affairs", ("registry:follow",), "matching"),
    **{agency: (agency, AGENCY_SCOPES, "dynamic-monitoring") for _, agency in FEEDS.values()},
}
TOWNSHIP = ("township", TOWNSHIP_SCOPES, "dynamic-monitoring")


def enrol(home: Home, name: str, area: str = COUNTY) -> tuple[str, str, str]:
    """A client of that name, or, where it is no name of GRANTS, of the township `area`: id, secret, purpose."""
    agency, scopes, purpose = GRANTS.get(name, TOWNSHIP)
    grant = Grant(f"{name} {area}", agency, area, scopes, ("dynamic-monitoring", "reveal", "matching"))
    return (*home.add_client(grant), purpose)


@dataclass
class Live:
    """A home that is served, stopped, killed and served again on another day."""

    home: Home
    process: Popen[bytes] | None = None
    clients: dict[str, Agency] = field(default_factory=dict)

    def start(self, day: date) -> None:
        """Serve, looking at `day`."""
        self.home = Home(
            self.home.folder,
            self.home.url,
            day,
            registry_database=self.home.registry_database,
            matcher_database=self.home.matcher_database,
        )
        self.process = start(self.home)

    @property
    def serves(self) -> bool:
        """Whether the services are up, as far as we know."""
        return self.process is not None

    def stop(self) -> None:
        """End the services as an administrator does."""
        if self.process is not None:
            stop(self.process)
            self.process = None

    def restart(self, day: date) -> None:
        """The same home on another day."""
        self.stop()
        self.start(day)

    def kill(self) -> None:
        """Power cut: web and worker at once, without a word."""
        assert self.process is not None
        os.kill(int(self.home.worker_pid.read_text()), signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.process = None

    def client(self, name: str, area: str = COUNTY) -> Agency:
        """The client of that name (GRANTS), or, for `township`, of that township."""
        key = f"{name} {area}"
        if key not in self.clients:
            self.clients[key] = self.caller(*enrol(self.home, name, area))
        return self.clients[key]

    def caller(self, client_id: str, secret: str, purpose: str) -> Agency:
        """A client of the API with these credentials."""
        return Agency(self.home.url, client_id, secret, purpose=purpose)

    @property
    def county(self) -> Agency:
        """Civil affairs' own client: reads everything of the county, unmasked."""
        return self.client("county")

    def settle(self) -> None:
        """Wait until the worker has nothing left to do."""
        with Watch.over(self.home) as watch:
            watch.until_quiet()

    def import_registry(self, folder: Path) -> dict[str, Any]:
        """Civil affairs' export of the month; raises when it does not end well."""
        done = self.county.send("/registry/v1/imports", folder / "registry.xlsx")
        assert done["state"] == "done", done
        return done

    def push_feeds(self, folder: Path, *feeds: str) -> dict[str, dict[str, Any]]:
        """Every agency (or those named) delivers its file with its own token; the batches where they ended."""
        pushed = {}
        for feed in feeds or FEEDS:
            name, agency = FEEDS[feed]
            client = self.client(agency)
            pushed[feed] = (client, client.push(feed, folder / name))
        return {feed: client.follow(batch_id, lambda _: None) for feed, (client, batch_id) in pushed.items()}

    def send_again(self, folder: Path) -> None:
        """The month's files once more as if nobody remembered having sent them: under keys of their own."""
        for feed, (name, agency) in FEEDS.items():
            batch = self.resend(self.client(agency), f"/matcher/v1/feeds/{feed}/batches", folder / name)
            assert batch["state"] == "unchanged", batch
        done = self.resend(self.county, "/registry/v1/imports", folder / "registry.xlsx")
        assert set(done["counts"]) <= {"unchanged", "rejected"}, done

    def resend(self, client: Agency, path: str, file: Path) -> dict[str, Any]:
        """One file under a new key."""
        headers = {"Content-Type": MEDIA_TYPES[file.suffix], "Idempotency-Key": str(uuid.uuid4())}
        answer: dict[str, Any] = client.call("POST", path, content=file.read_bytes(), headers=headers).json()
        return answer

    def take_in(self, folder: Path) -> dict[str, dict[str, Any]]:
        """A month's papers: divisions, civil affairs, every feed; quiet afterwards."""
        self.county.send("/registry/v1/areas/import", folder / "areas.csv")
        self.import_registry(folder)
        batches = self.push_feeds(folder)
        self.settle()
        return batches


@contextmanager
def lively(folder: Path) -> Iterator[Live]:
    """A home on fresh databases (PostgreSQL where the suite runs on it), not yet served; ended with the block."""
    with ExitStack() as stack:
        registry, matcher = (stack.enter_context(fresh_database(folder)) for _ in range(2))
        home = Home(
            folder / "home",
            f"http://127.0.0.1:{free_port()}",
            registry_database=registry,
            matcher_database=matcher,
        )
        home.prepare()
        live = Live(home)
        try:
            yield live
        finally:
            live.stop()
            for client in live.clients.values():
                client.http.close()
