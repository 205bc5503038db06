"""Which process holds an unfinished call or import: one that was killed is not waited for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Name the holder."""
    op.add_column("idempotency_key", sa.Column("holder", sa.String(64), nullable=True))
    op.add_column("import", sa.Column("holder", sa.String(64), nullable=True))
