"""Legal holds, the record of deletions, and since when a batch is superseded."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "m0058"
down_revision = "m0055"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Three tables; the row of the turn stands from the beginning."""
    op.create_table(
        "legal_hold",
        sa.Column("hold_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("placed_by", sa.String(64), nullable=False),
        sa.Column("placed_at", INSTANT, nullable=False),
        sa.Column("lifted_by", sa.String(64)),
        sa.Column("lifted_at", INSTANT),
    )
    op.create_index("ix_legal_hold_target", "legal_hold", ["target"])
    op.create_index("ix_legal_hold_area", "legal_hold", ["area"])
    op.create_table(
        "deletion",
        sa.Column("deletion_id", sa.String(36), primary_key=True),
        sa.Column("job", sa.String(24), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("before", INSTANT, nullable=False),
        sa.Column("deleted", sa.Text(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
    )
    op.create_index("ix_deletion_job", "deletion", ["job"])
    turn = op.create_table(
        "retention_turn",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("done_on", sa.Date()),
        sa.Column("leased_by", sa.String(64)),
        sa.Column("leased_until", INSTANT),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
    )
    began = {"id": "retention", "state": "open", "created_at": datetime.now(UTC), "fencing_token": 0}
    op.bulk_insert(turn, [began])
    with op.batch_alter_table("batch") as batch:
        batch.add_column(sa.Column("superseded_at", INSTANT))
        batch.add_column(sa.Column("rows_deleted", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("rows_deleted_at", INSTANT))
        batch.add_column(sa.Column("file_deleted_at", INSTANT))
    # When exactly it was is not on record for those before; the later moment deletes nothing too early.
    op.execute(
        "UPDATE batch SET superseded_at = (SELECT later.changed_at FROM batch AS later WHERE later.id = "
        "batch.superseded_by) WHERE superseded_by IS NOT NULL"
    )


def downgrade() -> None:
    """Without them: nothing is deleted by time any more."""
    with op.batch_alter_table("batch") as batch:
        for name in ("file_deleted_at", "rows_deleted_at", "rows_deleted", "superseded_at"):
            batch.drop_column(name)
    for name in ("retention_turn", "deletion", "legal_hold"):
        op.drop_table(name)
