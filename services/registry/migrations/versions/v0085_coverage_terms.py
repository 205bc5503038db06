"""Coverage in full: own amount, uplift, ground, basis, self-care, phase-out, reason of the end; suspensions."""

import sqlalchemy as sa
from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COLUMNS = (
    ("own_amount_fen", sa.Integer()), ("uplift_grounds", sa.String(60)), ("uplift_fen", sa.Integer()),
    ("ground", sa.String(20)), ("basis", sa.String(100)), ("self_care", sa.String(10)), ("phase_out_from", sa.Date()),
    ("phase_out_until", sa.Date()), ("end_reason", sa.String(20)),
)  # fmt: skip


def upgrade() -> None:
    """What is on record is version 1 of itself."""
    for name, kind in COLUMNS:
        op.add_column("coverage", sa.Column(name, kind))
    op.add_column("coverage", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.create_index("ix_coverage_coverage_id", "coverage", ["coverage_id"])
    op.create_table(
        "coverage_suspension",
        sa.Column("row_id", sa.String(36), primary_key=True),
        sa.Column("suspension_id", sa.String(36), nullable=False),
        sa.Column("coverage_id", sa.String(36), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date()),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("superseded_at", INSTANT),
    )
    op.create_index("ix_coverage_suspension_coverage_id", "coverage_suspension", ["coverage_id"])


def downgrade() -> None:
    """Without them."""
    op.drop_table("coverage_suspension")
    op.drop_index("ix_coverage_coverage_id", "coverage")
    for name in ("version", *(name for name, _ in COLUMNS)):
        op.drop_column("coverage", name)
