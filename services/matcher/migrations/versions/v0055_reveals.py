"""Whom each caller was told unmasked is counted by the day."""

import sqlalchemy as sa
from alembic import op

from kit.columns import Instant

revision = "m0055"
down_revision = "m0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Ids of today and yesterday."""
    op.create_table(
        "reveal",
        sa.Column("holder", sa.String(64), primary_key=True),
        sa.Column("day", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("subject", sa.String(80), primary_key=True),
        sa.Column("area", sa.String(12), nullable=True),
        sa.Column("at", Instant(), nullable=False),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("reveal")
