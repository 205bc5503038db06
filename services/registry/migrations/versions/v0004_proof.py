"""Journal entries carry a digest anybody can recompute, with checkpoints; items keep no index of numbers they seal."""

import sqlalchemy as sa
from alembic import op

from kit.columns import Instant
from kit.journal import prove_first_entries
from registry.audit.tables import JournalEntry

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table of checkpoints; room for a keyed proof that names its key; digests for what stands there."""
    op.create_table(
        "journal_checkpoint",
        sa.Column("entries", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("signed", sa.String(), nullable=False),
    )
    with op.batch_alter_table("journal_entry") as table:
        table.add_column(sa.Column("digest", sa.String(64), nullable=False, server_default=""))
        table.alter_column("chain", existing_type=sa.String(32), type_=sa.String(64))
    _items()
    prove_first_entries(op.get_bind(), JournalEntry)
    with op.batch_alter_table("journal_entry") as table:
        table.alter_column("digest", existing_type=sa.String(64), server_default=None)


def _items() -> None:
    """Nobody looks an item up by its number: that it was completed is all the table needs to say."""
    with op.batch_alter_table("ledger_item") as table:
        table.add_column(sa.Column("number_stated", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(sa.text("UPDATE ledger_item SET number_stated = (stated_number_blind IS NOT NULL)"))
    with op.batch_alter_table("ledger_item") as table:
        table.drop_column("number_blind")
        table.drop_column("stated_number_blind")
