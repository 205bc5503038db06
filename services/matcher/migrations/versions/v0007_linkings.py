"""How often was linked: by it a worker knows whether what it keeps of the records in no registry still holds."""

import sqlalchemy as sa
from alembic import op

revision = "m0007"
down_revision = "m0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count from nought; and link everything once, since records are gathered by another rule than before."""
    with op.batch_alter_table("standing") as table:
        table.add_column(sa.Column("linkings", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE standing SET identities = identities + 1")


def downgrade() -> None:
    """Forget the count."""
    with op.batch_alter_table("standing") as table:
        table.drop_column("linkings")
