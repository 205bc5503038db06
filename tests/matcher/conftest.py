"""A matcher beside a small registry, both in this process, over the real HTTP edge."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from joserfc.jwk import ECKey
from pydantic import SecretStr

from kit.columns import new_id
from kit.crypto import KeyRing
from kit.database import Database
from matcher.app import create_app
from matcher.flows.open_desk import open_desk
from matcher.flows.shipped_model import install_default
from matcher.settings import MatcherSettings
from matcher.worker import Worker
from tests.asgi import AsgiBridge
from tests.matcher import county
from tests.matcher.fake_registry import FakeRegistry
from tests.migrated import migrated

AGENCIES = {
    "disability-cards": "disabled-persons-federation",
    "health-illness": "health",
    "health-deaths": "health",
    "rural-monitoring": "rural-revitalization",
    "cremations": "funeral-services",
    "medical-settlements": "medical-insurance",
    "police-answers": "public-security",
    "unemployment": "human-resources",
    "economic-check": "check-centre",
    "left-behind": "civil-affairs",
    "staff-roster": "civil-affairs",
}
COUNTY_SCOPES = "leads:read leads:reveal links:read screens:read batches:read audit:read models:read"


class Matcher:
    """A matcher with its registry; calls go through HTTP, `work()` lets the worker do all there is."""

    def __init__(self, settings: MatcherSettings, ring: KeyRing, registry: FakeRegistry, portal: Any) -> None:
        self.settings = settings
        self.ring = ring
        self.registry = registry
        self.portal = portal
        self.to_registry = AsgiBridge(registry.app, portal)
        self.calls = 0  # over HTTP, and of the worker
        self.begin()

    def begin(self) -> None:
        """Its processes: the web's, and one worker."""
        self.app = create_app(self.settings, self.ring, self.to_registry)
        self.http = httpx.Client(
            transport=AsgiBridge(self.app, self.portal),
            base_url="http://matcher.test/matcher/v1",
            event_hooks={"request": [self._called]},
        )
        self.database = Database.open(self.settings.database_url)
        self.workers: list[Worker] = []
        self.worker = self.new_worker("first")

    def _called(self, _request: httpx.Request) -> None:
        self.calls += 1

    def new_worker(self, name: str) -> Worker:
        """A worker of its own, as another process would be: it shares files and database, never memory."""
        self.workers.append(Worker(open_desk(self.settings, self.ring, self.to_registry), name))
        return self.workers[-1]

    def close(self) -> None:
        """Every connection."""
        self.http.close()
        for desk in (self.app.state.desk, *(worker.desk for worker in self.workers)):
            desk.close()
        self.database.dispose()

    def work(self) -> None:
        """Until nothing is left to do."""
        self.calls += 1
        self.worker.run_until_idle(200)

    def headers(self, scope: str = COUNTY_SCOPES, **claims: Any) -> dict[str, str]:
        """A county officer's, or whoever `claims` say."""
        return {"Authorization": f"Bearer {self.registry.token(scope=scope, **claims)}"}

    def agency(self, feed: str, **claims: Any) -> dict[str, str]:
        """The headers of the agency that delivers `feed`."""
        given = {"sub": AGENCIES[feed], "agency": AGENCIES[feed], **claims}
        return self.headers("feeds:read feeds:push batches:read", **given)

    def push(self, feed: str, content: bytes, **options: Any) -> httpx.Response:
        """Push a delivery as its agency."""
        headers = {**self.agency(feed), "Idempotency-Key": new_id(), **options.pop("headers", {})}
        return self.http.post(f"/feeds/{feed}/batches", content=content, headers=headers, params=options)

    def deliver(self, feed: str, rows: list[list[str]], **options: Any) -> str:
        """Push rows as a CSV, expecting it to be taken. Gives the batch."""
        header = {
            "disability-cards": county.CARDS,
            "health-illness": county.ILLNESS,
            "health-deaths": county.DEATHS,
            "rural-monitoring": county.RURAL,
        }[feed]
        answer = self.push(feed, county.csv(header, rows), **options)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["batch_id"])

    def deliver_offline(self, feed: str, rows: list[list[str]]) -> str:
        """Deliver while the registry is down: tokens are verified by the keys fetched before that."""
        self.registry.down = False
        self.get("/batches")
        self.registry.down = True
        return self.deliver(feed, rows)

    def state_of(self, batch_id: str) -> str:
        """The state of a batch."""
        return str(self.get(f"/batches/{batch_id}")["state"])

    def get(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> Any:
        """GET as a county officer; the answer's JSON."""
        answer = self.http.get(path, headers=headers or self.headers(), params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def leads(self, **params: Any) -> list[dict[str, Any]]:
        """The match list, unmasked, in the order of the households."""
        answer = self.http.get(
            "/leads/export.ndjson", headers=self.headers(), params={"identity": "full", "reason": "visit", **params}
        )
        assert answer.status_code == 200, answer.text
        lines = [line for line in answer.iter_lines() if line]
        entries = [httpx.Response(200, content=line).json() for line in lines]
        assert entries[0]["kind"] == "header"
        assert entries[-1] == {"kind": "end", "count": len(entries) - 2}
        return [entry["lead"] for entry in entries[1:-1]]


@pytest.fixture(scope="session")
def ring() -> KeyRing:
    """One for all these tests: a ring that stands in no file is never altered, and what it sealed is copied along
    with a scene (tests/matcher/scenes.py)."""
    return KeyRing.ephemeral()


@cache
def _signing() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": new_id()})


@pytest.fixture
def registry() -> FakeRegistry:
    """An empty registry; all of a process sign with one key, as they share a ring."""
    made = FakeRegistry()
    made.key = _signing()
    return made


@contextmanager
def matcher_in(folder: Path, database_url: str, ring: KeyRing, registry: FakeRegistry) -> Iterator[Matcher]:
    """A migrated matcher that has the default model and looks at 1 June 2021."""
    settings = MatcherSettings(
        database_url=database_url,
        data_dir=folder / "data",
        registry_url="http://registry.test",
        client_id="matcher",
        client_secret=SecretStr("secret"),
        as_of=date(2021, 6, 1),
        worker_poll_seconds=0.001,
        lease_seconds=60,
        review_second_share=0,  # by chance a test would wait for a second person, or find a record drawn
        review_sample_certain=0,
        review_sample_probable=0,
        small_cell=1,  # the counties of these tests are small, and what is withheld is tested in tests/kit
    )
    database = Database.open(database_url)
    migrated(database, "matcher:migrations")
    install_default(database)
    database.dispose()
    with start_blocking_portal() as portal:
        made = Matcher(settings, ring, registry, portal)
        yield made
        made.close()


@pytest.fixture
def matcher(tmp_path: Path, database_url: str, ring: KeyRing, registry: FakeRegistry) -> Iterator[Matcher]:
    """One for this test."""
    with matcher_in(tmp_path, database_url, ring, registry) as made:
        yield made
