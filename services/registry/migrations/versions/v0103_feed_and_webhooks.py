"""How far back the changefeed reaches; subscribers of it, and how far they were told."""

import sqlalchemy as sa
from alembic import op

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """What was pruned before is what is missing below the oldest change."""
    op.create_table(
        "change_floor",
        sa.Column("id", sa.String(8), primary_key=True),
        sa.Column("seq", sa.Integer(), nullable=False),
    )
    op.execute("INSERT INTO change_floor (id, seq) SELECT 'feed', coalesce(min(seq) - 1, 0) FROM change")


def downgrade() -> None:
    """Forget it."""
    op.drop_table("change_floor")
