"""Divisions keep what was believed of them before, aliases, and withdrawn successions."""

import sqlalchemy as sa
from alembic import op

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Two times for what stands, and tables beside."""
    op.add_column("area", sa.Column("functional", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("area", sa.Column("recorded_at", AT, nullable=True))
    op.add_column("area_succession", sa.Column("recorded_at", AT, nullable=True))
    op.add_column("area_succession", sa.Column("superseded_at", AT, nullable=True))
    op.create_index("ix_area_succession_successor", "area_succession", ["successor"])
    op.create_table(
        "area_was",
        sa.Column("was_id", sa.String(36), primary_key=True),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("parent", sa.String(12), nullable=True),
        sa.Column("functional", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", AT, nullable=True),
        sa.Column("superseded_at", AT, nullable=False),
    )
    op.create_index("ix_area_was_code", "area_was", ["code"])
    op.create_table(
        "area_alias",
        sa.Column("code", sa.String(12), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("recorded_at", AT, nullable=False),
    )
    op.create_index("ix_area_alias_name", "area_alias", ["name"])
    op.create_table(
        "area_book",
        sa.Column("id", sa.String(8), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.execute("INSERT INTO area_book (id, version) VALUES ('areas', 0)")


def downgrade() -> None:
    """Only what stands."""
    for table in ("area_book", "area_alias", "area_was"):
        op.drop_table(table)
    op.drop_index("ix_area_succession_successor", "area_succession")
    op.drop_column("area_succession", "superseded_at")
    op.drop_column("area_succession", "recorded_at")
    op.drop_column("area", "recorded_at")
    op.drop_column("area", "functional")
