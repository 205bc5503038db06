"""How many working days a lead asks for."""

import sqlalchemy as sa
from alembic import op

revision = "0109"
down_revision = "0108"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those of before asked for none."""
    op.add_column("ledger_item", sa.Column("due_days", sa.Integer()))


def downgrade() -> None:
    """Back to the county's own terms."""
    op.drop_column("ledger_item", "due_days")
