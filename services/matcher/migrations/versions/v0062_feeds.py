"""Maps of feeds that are put in force through the API."""

import sqlalchemy as sa
from alembic import op

revision = "m0062"
down_revision = "m0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table: versions beside those shipped."""
    op.create_table(
        "feed_version",
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    """Only the shipped maps are left; batches taken by others can no longer be read again."""
    op.drop_table("feed_version")
