"""Dear calls are counted, by client and by area."""

import sqlalchemy as sa
from alembic import op

revision = "m0040"
down_revision = "m0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Counts of this minute."""
    op.create_table(
        "call_count",
        sa.Column("key", sa.String(160), primary_key=True),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
    )
    op.create_index("ix_call_count_minute", "call_count", ["minute"])


def downgrade() -> None:
    """Forget them."""
    op.drop_table("call_count")
