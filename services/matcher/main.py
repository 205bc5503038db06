"""`python -m matcher.main serve|migrate`: the matcher's web process, or its tables brought up to date."""

import argparse
import sys
from urllib.parse import urlsplit

import uvicorn

from kit.crypto import KeyProblem, KeyRing, load_or_create
from kit.database import Database
from kit.logs import configure
from kit.migrations import upgrade
from matcher.app import create_app
from matcher.flows.models_in_force import install_default
from matcher.settings import MatcherSettings

MIGRATIONS = "matcher:migrations"
DEFAULT_PORT = 8700


def migrate(settings: MatcherSettings) -> None:
    """Bring the tables to the newest version and install the shipped model."""
    database = Database.open(settings.database_url)
    upgrade(database, MIGRATIONS)
    install_default(database)
    database.dispose()


def serve(settings: MatcherSettings) -> None:
    """Answer at the address of `public_url` until stopped."""
    address = urlsplit(settings.public_url)
    ring = KeyRing.load(settings.keys_file) if settings.production else load_or_create(settings.keys_file)
    app = create_app(settings, ring)
    uvicorn.run(app, host=address.hostname or "127.0.0.1", port=address.port or DEFAULT_PORT, log_config=None)


def main(arguments: list[str] | None = None) -> int:
    """The command line of the service."""
    parser = argparse.ArgumentParser(prog="matcher")
    parser.add_argument("command", choices=["serve", "migrate"])
    chosen = parser.parse_args(arguments)
    settings = MatcherSettings()
    configure(settings.log_level)
    try:
        migrate(settings) if chosen.command == "migrate" else serve(settings)
    except KeyProblem as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the operator's terminal, before any log reader
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
