"""Journal entries carry a digest anybody can recompute, and checkpoints are kept of them."""

import sqlalchemy as sa
from alembic import op

from kit.columns import Instant
from kit.journal import prove_first_entries
from matcher.audit.tables import Journal

revision = "m0008"
down_revision = "m0007"
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
    with op.batch_alter_table("journal") as table:
        table.add_column(sa.Column("digest", sa.String(64), nullable=False, server_default=""))
        table.alter_column("chain", existing_type=sa.String(32), type_=sa.String(64))
    prove_first_entries(op.get_bind(), Journal)
    with op.batch_alter_table("journal") as table:
        table.alter_column("digest", existing_type=sa.String(64), server_default=None)


def downgrade() -> None:
    """Back to the keyed chain alone, which only entries of the first version carry."""
    with op.batch_alter_table("journal") as table:
        table.drop_column("digest")
    op.drop_table("journal_checkpoint")
