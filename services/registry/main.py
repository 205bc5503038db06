"""`python -m registry.main [serve|migrate]`: the registry as a process of its own."""

import argparse
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import uvicorn

from kit.crypto import KeyProblem, KeyRing, load_or_create
from kit.database import Database
from kit.logs import configure
from kit.migrations import upgrade
from registry.app import create_app
from registry.settings import RegistrySettings

MIGRATIONS = "registry:migrations"


def migrate(database: Database) -> None:
    """Bring the registry's tables to the newest version."""
    upgrade(database, MIGRATIONS)


def main(words: Sequence[str] | None = None) -> None:
    """Serve (default) or migrate, told by the environment."""
    parser = argparse.ArgumentParser(prog="registry.main", description=__doc__)
    parser.add_argument("action", nargs="?", choices=("serve", "migrate"), default="serve")
    action = parser.parse_args(words).action
    settings = RegistrySettings()
    configure(settings.log_level)
    if action == "migrate":
        database = Database.open(settings.database_url)
        migrate(database)
        database.dispose()
        return
    place = urlsplit(settings.public_url)
    # An ephemeral ring would seal what nobody could open after a restart: serving makes its keys once, and keeps them.
    try:
        ring = KeyRing.load(settings.keys_file) if settings.production else load_or_create(settings.keys_file)
    except KeyProblem as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the operator's terminal, before any log reader
        sys.exit(2)
    uvicorn.run(
        create_app(settings, ring=ring), host=place.hostname or "127.0.0.1", port=place.port or 8700, log_config=None
    )


if __name__ == "__main__":
    main()
