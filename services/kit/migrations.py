"""Bring a service's tables to a version with Alembic; each service keeps its own versions.

Versions only add to what a published release has, so that replicas of two releases serve beside each other while they
are exchanged (docs/decisions/0144; tests/deploy/test_releases.py holds them to it).
"""

import json
from dataclasses import dataclass
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from kit.database import Database

PUBLISHED = Path(__file__).with_name("releases.json")
_log = structlog.get_logger(component="migrations")


class NoSuchRelease(ValueError):
    """No release of that name was published; the text names those that were."""


@dataclass(frozen=True)
class Release:
    """A published release: the day, the commit it was made from, and by service the version its tables stand at."""

    version: str
    published: str
    commit: str
    tables: dict[str, str]


def releases() -> list[Release]:
    """All that were published, the first one first."""
    return [Release(**one) for one in json.loads(PUBLISHED.read_text(encoding="utf-8"))]


def release(version: str) -> Release:
    """That one. Raises NoSuchRelease."""
    for one in releases():
        if one.version == version:
            return one
    raise NoSuchRelease(f"no release {version}; there are {', '.join(one.version for one in releases())}")


def upgrade(database: Database, script_location: str) -> None:
    """Upgrade to head. `script_location` is a package path such as `registry:migrations`.

    Several processes may begin at once, as replicas do: on PostgreSQL one goes through the versions, and the others
    then find nothing left to do. Tables of a later release are left as they are: they only have more than ours, as
    while replicas are exchanged, or after the way back to this release.
    """
    with database.engine.begin() as connection:
        _alone(database, connection)
        stands_at = MigrationContext.configure(connection).get_current_revision()
        if stands_at is not None and not known(script_location, stands_at):
            _log.warning("tables_of_a_later_release", version=stands_at)
            return
        command.upgrade(_on(script_location, connection), "head")


def go(database: Database, script_location: str, revision: str) -> None:
    """To that version of a service's tables, up or down. What only later versions know is forgotten on the way down."""
    with database.engine.begin() as connection:
        _alone(database, connection)
        move(connection, script_location, revision)


def move(connection: Connection, script_location: str, revision: str) -> None:
    """The same on a connection whose transaction is the caller's."""
    config = _on(script_location, connection)
    scripts = ScriptDirectory.from_config(config)
    stands_at = MigrationContext.configure(connection).get_current_revision()
    passed = {one.revision for one in scripts.iterate_revisions(stands_at, "base")} if stands_at else set()
    (command.downgrade if revision in passed else command.upgrade)(config, revision)


def current(database: Database) -> str | None:
    """The version the database stands at, None before the first migration."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def known(script_location: str, revision: str) -> bool:
    """Whether this version knows the tables of that revision; those of a newer one it does not."""
    return revision in line(script_location)


def line(script_location: str, since: str = "base") -> list[str]:
    """The versions this release knows, the newest first, down to that one (all of them where none is named)."""
    scripts = ScriptDirectory.from_config(_config(script_location))
    return [one.revision for one in scripts.walk_revisions(since, "head")]


def _alone(database: Database, connection: Connection) -> None:
    """One process at a time, on a server several may call."""
    if database.dialect == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('migrations'))"))


def _on(script_location: str, connection: Connection) -> Config:
    config = _config(script_location)
    config.attributes["connection"] = connection
    return config


def _config(script_location: str) -> Config:
    config = Config()
    config.set_main_option("script_location", script_location)
    # Alembic splits this setting on spaces and colons unless told the separator.
    config.set_main_option("path_separator", "os")
    return config
