"""Where a delivery came in, for whoever traces it."""

import sqlalchemy as sa
from alembic import op

revision = "m0138"
down_revision = "m0114"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Deliveries of before are traced from the worker's first step on."""
    op.add_column("batch", sa.Column("trace", sa.String(55)))


def downgrade() -> None:
    """Traces end where a delivery comes in."""
    op.drop_column("batch", "trace")
