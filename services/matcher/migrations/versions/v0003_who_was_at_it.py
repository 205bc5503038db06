"""Which process holds an unfinished call: one that was killed is not waited for."""

import sqlalchemy as sa
from alembic import op

revision = "m0003"
down_revision = "m0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Name the holder."""
    op.add_column("idempotency", sa.Column("holder", sa.String(64), nullable=True))
