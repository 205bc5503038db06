"""Legal holds, the record of deletions, and which past change told of whom."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0055"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Four tables; the row of the turn stands from the beginning."""
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
    op.create_table(
        "past_change",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    op.create_index("ix_past_change_subject", "past_change", ["subject"])
    op.create_index("ix_past_change_recorded_at", "past_change", ["recorded_at"])


def downgrade() -> None:
    """Without them: nothing is deleted by time any more."""
    for name in ("past_change", "retention_turn", "deletion", "legal_hold"):
        op.drop_table(name)
