"""That two persons are one, in recorded time."""

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Who is merged already was so since now, as far as anybody recorded."""
    merge = op.create_table(
        "person_merge",
        sa.Column("merge_id", sa.String(36), primary_key=True),
        sa.Column("person_id", sa.String(36), sa.ForeignKey("person.person_id"), nullable=False),
        sa.Column("survivor_id", sa.String(36), sa.ForeignKey("person.person_id"), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("superseded_at", INSTANT),
    )
    op.create_index("ix_person_merge_person_id", "person_merge", ["person_id"])
    op.create_index("ix_person_merge_survivor_id", "person_merge", ["survivor_id"])
    believed = sa.text("superseded_at IS NULL")
    op.create_index(
        "ix_person_merge_one_current", "person_merge", ["person_id"], unique=True,
        sqlite_where=believed, postgresql_where=believed,
    )  # fmt: skip
    merged = sa.text("SELECT person_id, survivor_id FROM person WHERE survivor_id IS NOT NULL")
    at = datetime.now(UTC)
    rows = [
        {"merge_id": str(uuid4()), "person_id": gone, "survivor_id": kept, "recorded_at": at, "superseded_at": None}
        for gone, kept in op.get_bind().execute(merged)
    ]
    if rows:
        op.bulk_insert(merge, rows)


def downgrade() -> None:
    """Only the present state is left, in `person.survivor_id`."""
    op.drop_table("person_merge")
