"""Alembic's way in: runs the matcher's versions on the connection `kit.migrations` hands over."""

from alembic import context

from matcher.migrations.every_table import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot alter a column in place
    compare_type=False,  # our decorators (Instant, Json) are told apart in tests, not by reflection
)
with context.begin_transaction():
    context.run_migrations()
