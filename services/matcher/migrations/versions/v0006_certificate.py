"""What to expect of a delivery's links. Deliveries linked before have no certificate until they are linked again."""

import sqlalchemy as sa
from alembic import op

revision = "m0006"
down_revision = "m0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "batch_certificate",
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("model_version", sa.String(80), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id"),
    )
    op.create_index("ix_batch_certificate_area", "batch_certificate", ["area"], unique=False)


def downgrade() -> None:
    """Take it away: certificates are made anew with the next linking."""
    op.drop_index("ix_batch_certificate_area", "batch_certificate")
    op.drop_table("batch_certificate")
