"""Bring a service's tables to the newest version with Alembic; each service keeps its own versions."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext

from kit.database import Database


def upgrade(database: Database, script_location: str) -> None:
    """Upgrade to head. `script_location` is a package path such as `registry:migrations`."""
    config = Config()
    config.set_main_option("script_location", script_location)
    # Alembic splits this setting on spaces and colons unless told the separator.
    config.set_main_option("path_separator", "os")
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current(database: Database) -> str | None:
    """The version the database stands at, None before the first migration."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
