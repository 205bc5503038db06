"""Where an embedded installation keeps its things: one folder, keys apart from data.

HOME/keys/registry.json · matcher.json   the two key rings (mode 600), never inside data
HOME/keys/console.json               the ring that seals the console's cookies (mode 600)
HOME/keys/matcher-client.json            the matcher's own client at the registry (mode 600)
HOME/data/registry.db · matcher.db       the two databases, unless others are named by URL
HOME/data/registry/ · HOME/data/matcher/ spooled files and snapshots, encrypted
HOME/checkpoints/                        signed checkpoints of both journals: carry copies elsewhere
HOME/worker.pid                          the worker that runs now
"""

import json
import os
import ssl
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pydantic import SecretStr

from console.settings import ConsoleSettings
from kit.crypto import KeyRing
from kit.database import Database, transaction
from kit.keys_file import make_or_complete
from kit.migrations import upgrade
from kit.office import Office
from kit.scope import NATION
from matcher.main import migrate as migrate_matcher
from matcher.main import open_office
from matcher.settings import MatcherSettings
from registry.access.store import Grant, create_client
from registry.audit.tables import CHAIN as REGISTRY_CHAIN
from registry.settings import RegistrySettings

MATCHER_SCOPES = ("registry:follow", "cases:lead")
REGISTRY_DATABASE = "DOUDI_REGISTRY_DATABASE_URL"  # the names under which the services read their databases
MATCHER_DATABASE = "DOUDI_MATCHER_DATABASE_URL"


@dataclass(frozen=True)
class Home:
    """The folder of an embedded installation, the address it serves under and the day it looks at.

    The databases are SQLite files in the folder unless URLs of others (PostgreSQL) are given.
    """

    folder: Path
    url: str
    as_of: date | None = None
    log_level: str = "WARNING"
    registry_database: str | None = field(default=None, repr=False)  # a URL may hold a password
    matcher_database: str | None = field(default=None, repr=False)
    suite: str = "international"  # of keys made anew
    second_factor: bool = True  # of whoever signs in; the people of an invented county have no telephone
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)  # whom to trust, where it is not known

    @property
    def data(self) -> Path:
        """Databases, spooled files, snapshots."""
        return self.folder / "data"

    @property
    def keys(self) -> Path:
        """Key rings and the matcher's client."""
        return self.folder / "keys"

    @property
    def worker_pid(self) -> Path:
        """The file that names the worker's process while one runs."""
        return self.folder / "worker.pid"

    def registry_settings(self) -> RegistrySettings:
        """The registry's settings in this home."""
        return RegistrySettings(
            database_url=self.registry_database or f"sqlite:///{self.data.resolve()}/registry.db",
            data_dir=self.data / "registry",
            keys_file=self.keys / "registry.json",
            crypto_suite=self.suite,
            checkpoints_dir=self.folder / "checkpoints",
            public_url=self.url,
            as_of=self.as_of,
            log_level=self.log_level,
        )

    def matcher_settings(self) -> MatcherSettings:
        """The matcher's settings in this home; `prepare` must have run."""
        client = json.loads((self.keys / "matcher-client.json").read_text())
        return MatcherSettings(
            database_url=self.matcher_database or f"sqlite:///{self.data.resolve()}/matcher.db",
            data_dir=self.data / "matcher",
            keys_file=self.keys / "matcher.json",
            crypto_suite=self.suite,
            checkpoints_dir=self.folder / "checkpoints",
            public_url=self.url,
            registry_url=self.url,
            client_id=client["client_id"],
            client_secret=SecretStr(client["secret"]),
            worker_poll_seconds=0.2,
            worker_idle_seconds=2.0,  # `serve` rings when something was changed
            as_of=self.as_of,
            log_level=self.log_level,
        )

    def console_settings(self) -> ConsoleSettings:
        """The console's settings in this home."""
        return ConsoleSettings(
            registry_url=self.url,
            matcher_url=self.url,
            public_url=self.url,
            keys_file=self.keys / "console.json",
            as_of=self.as_of,
            log_level=self.log_level,
        )

    def open_registry(self) -> Database:
        """The registry's database, for what is done straight in it: the first client."""
        return Database.open(self.registry_settings().database_url)

    def prepare(self) -> None:
        """Make folders, rings, tables and the matcher's own client where they are missing."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("registry", "matcher"):
            (self.data / name).mkdir(exist_ok=True)
            make_or_complete(self.keys / f"{name}.json", self.suite)
        make_or_complete(self.keys / "console.json", self.suite)
        database = self.open_registry()
        upgrade(database, "registry:migrations")
        self._make_matcher_client(database)
        database.dispose()
        migrate_matcher(self.matcher_settings())

    def _make_matcher_client(self, database: Database) -> None:
        path = self.keys / "matcher-client.json"
        if path.exists():
            return
        with transaction(database) as session:
            grant = Grant("matcher", "doudi", NATION, MATCHER_SCOPES, purposes=("matching",))
            client_id, secret = create_client(session, grant)
            _write_private(path, json.dumps({"client_id": client_id, "secret": secret}))

    def offices(self) -> list[Office]:
        """Both services' keys and journals, as an operator works on them."""
        from registry.sealed_cells import CELLS  # noqa: PLC0415 - of every noun, and clients are made without them

        registry = Office.open(self.registry_settings(), REGISTRY_CHAIN, CELLS)
        return [registry, open_office(self.matcher_settings())]

    def ring(self, name: str) -> KeyRing:
        """The ring of a service."""
        return KeyRing.load(self.keys / f"{name}.json")

    def add_client(self, grant: Grant) -> tuple[str, str]:
        """A client straight in the registry's database: (client_id, secret), the secret shown once."""
        database = self.open_registry()
        try:
            with transaction(database) as session:
                return create_client(session, grant)
        finally:
            database.dispose()


def _write_private(path: Path, content: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(content)
