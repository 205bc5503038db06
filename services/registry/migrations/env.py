"""Alembic's entry: runs versions on the connection `kit.migrations` hands over."""

from alembic import context

from registry.migrations.every_table import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
