"""What a township's list is narrowed by lies in the index it is read along."""

from alembic import op

revision = "0099"
down_revision = "0098"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The wider index for the narrow one."""
    op.create_index("ix_ledger_case_town_list", "ledger_case", ["town", "case_id", "state", "due_on", "flag"])
    op.drop_index("ix_ledger_case_town", "ledger_case")


def downgrade() -> None:
    """The narrow one again."""
    op.create_index("ix_ledger_case_town", "ledger_case", ["town", "case_id"])
    op.drop_index("ix_ledger_case_town_list", "ledger_case")
