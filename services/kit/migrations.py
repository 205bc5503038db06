"""Bring a service's tables to the newest version with Alembic; each service keeps its own versions."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from kit.database import Database


def upgrade(database: Database, script_location: str) -> None:
    """Upgrade to head. `script_location` is a package path such as `registry:migrations`.

    Several processes may begin at once, as replicas do: on PostgreSQL one goes through the versions, and the others
    then find nothing left to do.
    """
    config = _config(script_location)
    with database.engine.begin() as connection:
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('migrations'))"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current(database: Database) -> str | None:
    """The version the database stands at, None before the first migration."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def known(script_location: str, revision: str) -> bool:
    """Whether this version knows the tables of that revision; those of a newer one it does not."""
    return revision in {one.revision for one in ScriptDirectory.from_config(_config(script_location)).walk_revisions()}


def _config(script_location: str) -> Config:
    config = Config()
    config.set_main_option("script_location", script_location)
    # Alembic splits this setting on spaces and colons unless told the separator.
    config.set_main_option("path_separator", "os")
    return config
