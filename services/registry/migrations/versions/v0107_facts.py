"""How many rows a kind of fact had when it was last told."""

import sqlalchemy as sa
from alembic import op

revision = "0107"
down_revision = "0106"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One small table, nothing in it yet."""
    op.create_table(
        "fact_count",
        sa.Column("count_id", sa.String(48), primary_key=True),
        sa.Column("stamp", sa.String(32), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """It is filled anew."""
    op.drop_table("fact_count")
