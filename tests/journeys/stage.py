"""Both services and the worker in this process: real, on real databases, without ports."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from pydantic import SecretStr

from kit.auth import sign
from kit.crypto import KeyRing
from kit.database import Database, transaction
from kit.scope import NATION
from matcher.app import create_app as create_matcher
from matcher.flows.open_desk import open_desk
from matcher.settings import MatcherSettings
from matcher.worker import Worker
from registry.access.keys import signing_key
from registry.access.store import Grant, create_client
from registry.app import create_app as create_registry
from registry.settings import RegistrySettings
from tests.asgi import AsgiBridge
from tests.migrated import Tables, migrated, put_tables, tables_of

COUNTY = "640499000000"
DAY = date(2021, 6, 1)
BODY_AT_MOST = 5_000_000
TOO_MANY = 429
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass
class Stage:
    """The whole, with clients made at need."""

    http: dict[str, httpx.Client]
    registry_database: Database
    matcher_database: Database
    worker: Worker
    data: Path
    registry_ring: KeyRing
    portal: BlockingPortal | None  # where the services run, when that is in this process
    inner: dict[str, httpx.ASGITransport]  # each service as another in this process calls it
    clients: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)
    tokens: dict[tuple[str, ...], tuple[float, dict[str, str]]] = field(default_factory=dict)  # until when, header

    def token(self, agency: str, *scopes: str, area: str = COUNTY) -> dict[str, str]:
        """The header of a client of that agency with those scopes. A story on a busy machine may outlast a token."""
        key = (agency, area, *scopes)
        until, header = self.tokens.get(key, (float("-inf"), {}))
        if time.monotonic() > until:
            if key not in self.clients:
                self.clients[key] = self.client(Grant("test", agency, area, scopes))
            client_id, secret = self.clients[key]
            form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
            answer = self._asked({**form, "purpose": "dynamic-monitoring"})
            assert answer.status_code == 200, answer.text
            header = {"Authorization": f"Bearer {answer.json()['access_token']}"}
            self.tokens[key] = (time.monotonic() + answer.json()["expires_in"] / 2, header)
        return header

    def _asked(self, form: dict[str, str]) -> httpx.Response:
        """A token; a proxy bounds how many are asked for from one address, and says when to come back."""
        while (answer := self.http["registry"].post("/registry/v1/token", data=form)).status_code == TOO_MANY:
            time.sleep(float(answer.headers["Retry-After"]))
        return answer

    def client(self, grant: Grant) -> tuple[str, str]:
        """The id and the secret of a fresh client."""
        with transaction(self.registry_database) as session:
            return create_client(session, grant)

    def expired_token(self, agency: str, *scopes: str) -> dict[str, str]:
        """A token of this installation's own making that was good an hour ago."""
        claims = {"iss": "doudi-registry", "aud": "doudi", "sub": "c", "exp": int(time.time()) - 3600}
        holder = {"agency": agency, "area": COUNTY, "purpose": "dynamic-monitoring", "scope": " ".join(scopes)}
        key = signing_key(self.registry_database, self.registry_ring)
        return {"Authorization": f"Bearer {sign({**claims, **holder}, key)}"}

    def call(self, method: str, path: str, token: dict[str, str], **arguments: Any) -> httpx.Response:
        """A call to whichever service the path names."""
        service = "matcher" if path.startswith("/matcher/") else "registry"
        extra = arguments.pop("headers", {})
        return self.http[service].request(method, path, headers={**token, **extra}, **arguments)

    def work(self) -> int:
        """Let the worker do everything there is to do."""
        return self.worker.run_until_idle()


@dataclass(frozen=True)
class Kept:
    """What outlives the processes of a stage: others are raised from it as if it had been begun anew."""

    tables: tuple[Tables, Tables]  # the registry's, the matcher's, as in all that follow
    files: dict[Path, bytes]
    rings: tuple[KeyRing, KeyRing]
    client: tuple[str, str]  # as which the matcher asks the registry: id, secret

    @classmethod
    def of(cls, stage: Stage) -> "Kept":
        """Of a stage that has ended, but whose databases and files are still there."""
        desk = stage.worker.desk
        files = [file for file in stage.data.glob("*/**/*") if file.is_file()]  # beside the databases
        return cls(
            (tables_of(stage.registry_database.url), tables_of(stage.matcher_database.url)),
            {file.relative_to(stage.data): file.read_bytes() for file in files},
            (stage.registry_ring, desk.ring),
            (desk.settings.client_id, desk.settings.client_secret.get_secret_value()),
        )

    def put_into(self, folder: Path, *urls: str) -> None:
        """In the place of empty databases and an empty folder."""
        for url, tables in zip(urls, self.tables, strict=True):
            put_tables(url, tables)
        for name, content in self.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


@contextmanager
def raised(folder: Path, registry_url: str, matcher_url: str, kept: Kept | None = None) -> Iterator[Stage]:
    """Databases, both applications, the worker: empty, or as they were `kept`."""
    registry_settings = RegistrySettings(database_url=registry_url, data_dir=folder / "registry", as_of=DAY)
    registry_database, matcher_database = Database.open(registry_url), Database.open(matcher_url)
    if kept is None:
        registry_ring, ring = KeyRing.ephemeral(), KeyRing.ephemeral()
        client_id, secret = _begun(registry_database, matcher_database)
    else:
        kept.put_into(folder, registry_url, matcher_url)
        registry_ring, ring = kept.rings
        client_id, secret = kept.client
    matcher_settings = MatcherSettings(
        database_url=matcher_url,
        data_dir=folder / "matcher",
        registry_url="http://registry.test",
        client_id=client_id,
        client_secret=SecretStr(secret),
        max_body_bytes=BODY_AT_MOST,
        worker_poll_seconds=0.001,  # at every turn it is asked whether the registry changed
        as_of=DAY,
    )
    with ExitStack() as stack:
        portal = stack.enter_context(start_blocking_portal())
        bridge = AsgiBridge(create_registry(registry_settings, registry_database, registry_ring), portal)
        matcher = create_matcher(matcher_settings, ring, bridge)
        other = AsgiBridge(matcher, portal)
        http = {
            "registry": stack.enter_context(httpx.Client(transport=bridge, base_url="http://registry.test")),
            "matcher": stack.enter_context(httpx.Client(transport=other, base_url="http://matcher.test")),
        }
        desk = open_desk(matcher_settings, ring, bridge)
        worker, inner = Worker(desk, "test"), {"registry": bridge.transport, "matcher": other.transport}
        yield Stage(http, registry_database, matcher_database, worker, folder, registry_ring, portal, inner)
        for database in (registry_database, matcher_database, desk.database, matcher.state.database):
            database.dispose()


def _begun(registry: Database, matcher: Database) -> tuple[str, str]:
    """Migrate; the id and the secret of the matcher's own client."""
    migrated(registry, "registry:migrations")
    migrated(matcher, "matcher:migrations")
    with transaction(registry) as session:
        grant = Grant("matcher", "doudi", NATION, ("registry:follow", "cases:lead"), purposes=("matching",))
        return create_client(session, grant)
