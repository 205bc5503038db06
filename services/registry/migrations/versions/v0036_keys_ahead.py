"""Signing keys are published before they are used; a client's tokens can be bound to its certificate."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every key there is has been in use since it was made."""
    op.add_column("signing_key", sa.Column("in_use_from", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE signing_key SET in_use_from = created_at")
    op.add_column("client", sa.Column("certificate", sa.String(43), nullable=True))
