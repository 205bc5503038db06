"""The tables of subscriptions come and go, and leave the others as they were."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from kit.database import Database
from kit.migrations import current, upgrade

OURS = {"subscription", "webhook_delivery", "batch_told", "webhook_relay"}


def test_the_version_goes_down_and_up_again(database_url: str) -> None:
    database = Database.open(database_url)
    upgrade(database, "matcher:migrations")
    whole = set(inspect(database.engine).get_table_names())
    assert whole > OURS
    config = Config()
    config.set_main_option("script_location", "matcher:migrations")
    config.set_main_option("path_separator", "os")
    before = ScriptDirectory.from_config(config).get_revision("m0075").down_revision
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, str(before))
    assert current(database) == before
    assert not set(inspect(database.engine).get_table_names()) & OURS
    assert "ix_batch_changed_at" not in {one["name"] for one in inspect(database.engine).get_indexes("batch")}
    upgrade(database, "matcher:migrations")
    assert set(inspect(database.engine).get_table_names()) == whole
    database.dispose()
