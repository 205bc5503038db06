"""What each step altered of a case stands with its entry in the history."""

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0088"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns of the history."""
    op.add_column("ledger_event", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("ledger_event", sa.Column("altered_sealed", sa.String()))


def downgrade() -> None:
    """Forget what was altered."""
    op.drop_column("ledger_event", "altered_sealed")
    op.drop_column("ledger_event", "version")
