"""When somebody recognised was entered into the provincial platform, and under which number."""

import sqlalchemy as sa
from alembic import op

revision = "0094"
down_revision = "0093"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns of items; what outcomes stated before is taken over."""
    op.add_column("ledger_item", sa.Column("entered_on", sa.Date()))
    op.add_column("ledger_item", sa.Column("entry_sealed", sa.String()))
    op.create_index("ix_ledger_item_entered_on", "ledger_item", ["entered_on"])
    op.execute(
        "UPDATE ledger_item SET entered_on = (SELECT entered_on FROM ledger_outcome "
        "WHERE ledger_outcome.outcome_id = ledger_item.outcome_id)"
    )


def downgrade() -> None:
    """Forget them; the outcomes keep what they stated."""
    op.drop_index("ix_ledger_item_entered_on", "ledger_item")
    op.drop_column("ledger_item", "entry_sealed")
    op.drop_column("ledger_item", "entered_on")
