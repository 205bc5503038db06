"""A township's cases lie together in one index."""

import sqlalchemy as sa
from alembic import op

revision = "0098"
down_revision = "0097"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The first nine digits of a case's area, and the index its list is read along."""
    op.add_column("ledger_case", sa.Column("town", sa.String(9), nullable=False, server_default=""))
    op.execute("UPDATE ledger_case SET town = substr(area, 1, 9)")
    op.create_index("ix_ledger_case_town", "ledger_case", ["town", "case_id"])


def downgrade() -> None:
    """Forget both."""
    op.drop_index("ix_ledger_case_town", "ledger_case")
    op.drop_column("ledger_case", "town")
