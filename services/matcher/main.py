"""`python -m matcher.main serve|migrate|keys`: the matcher's web process, its tables, its key ring."""

import argparse
import sys

import uvicorn

from kit.crypto import KeyProblem, KeyRing, load_or_create
from kit.database import Database
from kit.logs import configure
from kit.migrations import upgrade
from kit.settings import SettingsWrong
from matcher.app import create_app
from matcher.flows.models_in_force import install_default
from matcher.settings import MatcherSettings

MIGRATIONS = "matcher:migrations"


def migrate(settings: MatcherSettings) -> None:
    """Bring the tables to the newest version and install the shipped model."""
    database = Database.open(settings.database_url)
    upgrade(database, MIGRATIONS)
    install_default(database)
    database.dispose()


def make_keys(settings: MatcherSettings) -> None:
    """Make the key ring where none stands: once, before the first start in production."""
    load_or_create(settings.keys_file)


def serve(settings: MatcherSettings) -> None:
    """Answer at `listen` until stopped."""
    host, port = settings.place
    ring = KeyRing.load(settings.keys_file) if settings.production else load_or_create(settings.keys_file)
    uvicorn.run(create_app(settings, ring), host=host, port=port, log_config=None, proxy_headers=False)


ACTIONS = {"serve": serve, "migrate": migrate, "keys": make_keys}


def main(arguments: list[str] | None = None) -> int:
    """The command line of the service."""
    parser = argparse.ArgumentParser(prog="matcher.main", description=__doc__)
    parser.add_argument("command", choices=ACTIONS)
    chosen = parser.parse_args(arguments)
    try:
        settings = MatcherSettings.read()
        configure(settings.log_level)
        ACTIONS[chosen.command](settings)
    except (KeyProblem, SettingsWrong) as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the operator's terminal, before any log reader
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
