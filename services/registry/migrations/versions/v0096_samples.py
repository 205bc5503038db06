"""Inspection samples with their frames, picks and findings; the number of whoever a case is about, for equality."""

import sqlalchemy as sa
from alembic import op

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "sample",
        sa.Column("sample_id", sa.String(36), primary_key=True),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("of", sa.String(16), nullable=False),
        sa.Column("weighted", sa.Boolean(), nullable=False),
        sa.Column("first", sa.Date()),
        sa.Column("last", sa.Date()),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("frame_size", sa.Integer(), nullable=False),
        sa.Column("frame_digest", sa.String(64), nullable=False),
        sa.Column("frame_packed", sa.String(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("drawn_at", INSTANT, nullable=False),
        sa.Column("drawn_by", sa.String(36), nullable=False),
    )
    op.create_index("ix_sample_area", "sample", ["area"])
    op.create_table(
        "sample_pick",
        sa.Column("pick_id", sa.String(36), primary_key=True),
        sa.Column("sample_id", sa.String(36), sa.ForeignKey("sample.sample_id"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(36), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(12)),
        sa.Column("finding_sealed", sa.String()),
        sa.Column("found_at", INSTANT),
        sa.Column("found_by", sa.String(36)),
        sa.UniqueConstraint("sample_id", "place"),
    )
    op.add_column("ledger_item", sa.Column("number_sealed", sa.String()))
    op.add_column("ledger_item", sa.Column("number_blind", sa.String(64)))
    op.create_index("ix_ledger_item_number_blind", "ledger_item", ["number_blind"])


def downgrade() -> None:
    """Forget both; items keep the number in their snapshot."""
    op.drop_index("ix_ledger_item_number_blind", "ledger_item")
    op.drop_column("ledger_item", "number_blind")
    op.drop_column("ledger_item", "number_sealed")
    op.drop_table("sample_pick")
    op.drop_table("sample")
