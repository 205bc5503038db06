"""What the categories of low-income people mean, by area and day."""

import sqlalchemy as sa
from alembic import op

revision = "0101"
down_revision = "0100"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """One row for each stretch of days of a category in an area."""
    op.create_table(
        "category_rule",
        sa.Column("row_id", sa.String(36), primary_key=True),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("category", sa.String(1), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.String(40), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("known_by", sa.Text, nullable=False),
        sa.Column("basis", sa.String(200)),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("superseded_at", INSTANT),
    )
    op.create_index("ix_category_rule_area_category", "category_rule", ["area", "category"])
    present = sa.text("superseded_at IS NULL AND valid_to IS NULL")
    op.create_index(
        "ix_category_rule_one_current", "category_rule", ["area", "category"], unique=True,
        sqlite_where=present, postgresql_where=present,
    )  # fmt: skip


def downgrade() -> None:
    """Only what ships stays."""
    op.drop_table("category_rule")
