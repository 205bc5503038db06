"""Evidence of cases, with its contents in a table of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0092"
down_revision = "0091"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "ledger_evidence",
        sa.Column("evidence_id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), sa.ForeignKey("ledger_case.case_id"), nullable=False),
        sa.Column("about", sa.String(12), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name_sealed", sa.String(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by", sa.String(36), nullable=False),
        sa.Column("withdrawn_at", INSTANT),
        sa.Column("withdrawn_by", sa.String(36)),
        sa.Column("withdrawn_reason_sealed", sa.String()),
    )
    op.create_index("ix_ledger_evidence_case_id", "ledger_evidence", ["case_id"])
    op.create_table(
        "ledger_evidence_content",
        sa.Column("evidence_id", sa.String(36), sa.ForeignKey("ledger_evidence.evidence_id"), primary_key=True),
        sa.Column("content_sealed", sa.String(), nullable=False),
    )


def downgrade() -> None:
    """Forget all evidence."""
    op.drop_table("ledger_evidence_content")
    op.drop_table("ledger_evidence")
