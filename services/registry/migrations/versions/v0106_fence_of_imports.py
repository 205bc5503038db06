"""An import of persons bears a fence like one of payments: a process thought dead cannot go on beside its successor."""

import sqlalchemy as sa
from alembic import op

revision = "0106"
down_revision = "0104"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody holds what was taken in before."""
    op.add_column("import", sa.Column("fence", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Without it."""
    op.drop_column("import", "fence")
