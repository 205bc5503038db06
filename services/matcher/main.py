"""`python -m matcher.main serve|migrate|keys`: the matcher's web process, its tables, its key ring."""

import argparse
import sys

import uvicorn

from kit.checkpoints import Notary, vouching
from kit.crypto import KeyProblem, KeyRing
from kit.database import Database
from kit.keys_file import make_or_complete
from kit.logs import configure
from kit.migrations import upgrade
from kit.settings import SettingsWrong
from matcher.app import create_app
from matcher.audit.tables import CHAIN
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
    """Make the key ring where none stands, or what an earlier version's lacks: before the start in production."""
    make_or_complete(settings.keys_file, settings.crypto_suite)


def serve(settings: MatcherSettings) -> None:
    """Answer at `listen` until stopped."""
    host, port = settings.place
    if not settings.production:
        make_or_complete(settings.keys_file, settings.crypto_suite)
    ring = KeyRing.load(settings.keys_file)
    ring.proof_key()  # a ring of an earlier version has none: say so now, not when the first checkpoint is due
    with vouching(Notary.of(settings, Database.open(settings.database_url), ring, CHAIN)):
        uvicorn.run(create_app(settings, ring), host=host, port=port, log_config=None)


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
