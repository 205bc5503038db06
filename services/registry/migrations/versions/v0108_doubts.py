"""Doubts about payments have codes of their own: what an item is about by each screen, and the month it began.

Items of before keep the one kind they were opened with.

Revision ID: 0108
Revises: 0103
"""

import sqlalchemy as sa
from alembic import op

revision = "0108"
down_revision = "0107"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns that may be empty: nothing of before has to be said anew."""
    op.add_column("ledger_item", sa.Column("about", sa.Text(), nullable=True))
    op.add_column("ledger_outcome", sa.Column("paid_month", sa.String(7), nullable=True))


def downgrade() -> None:
    """Forget both."""
    op.drop_column("ledger_outcome", "paid_month")
    op.drop_column("ledger_item", "about")
