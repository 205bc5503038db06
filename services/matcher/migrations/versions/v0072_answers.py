"""What agencies answer to requests to correct a row."""

import sqlalchemy as sa
from alembic import op

from kit.columns import Instant

revision = "m0072"
down_revision = "m0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, appended to."""
    op.create_table(
        "correction_word",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("correction_id", sa.String(36), nullable=False, index=True),
        sa.Column("lead_id", sa.String(36), nullable=False, index=True),
        sa.Column("said", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False, index=True),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("said_at", Instant(), nullable=False),
    )


def downgrade() -> None:
    """Without what was answered."""
    op.drop_table("correction_word")
