"""Who confirms which outcome in a county, in both times."""

import sqlalchemy as sa
from alembic import op

revision = "0097"
down_revision = "0096"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """One table."""
    op.create_table(
        "decision_authority",
        sa.Column("rule_id", sa.String(36), primary_key=True),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("code", sa.String(4), nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("superseded_at", INSTANT),
    )
    op.create_index("ix_decision_authority_area", "decision_authority", ["area"])


def downgrade() -> None:
    """Forget it."""
    op.drop_table("decision_authority")
