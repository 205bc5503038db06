"""Three notions of household, with a history of number and place, and links between them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0099"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def _times() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("superseded_at", INSTANT),
    )


def _household(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(36), sa.ForeignKey("household.household_id"), nullable=False)


def upgrade() -> None:
    """Every household there is is one of civil affairs' own."""
    op.add_column("household", sa.Column("kind", sa.String(12), nullable=False, server_default="assistance"))
    op.create_table(
        "household_version",
        sa.Column("version_id", sa.String(36), primary_key=True),
        _household("household_id"),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("monitored_as", sa.String(12)),
        *_times(),
    )
    op.create_index("ix_household_version_household_id", "household_version", ["household_id"])
    op.create_index("ix_household_version_area", "household_version", ["area"])
    present = sa.text("superseded_at IS NULL AND valid_to IS NULL")
    op.create_index(
        "ix_household_version_one_current", "household_version", ["household_id"], unique=True,
        sqlite_where=present, postgresql_where=present,
    )  # fmt: skip
    op.create_table(
        "household_link",
        sa.Column("link_id", sa.String(36), primary_key=True),
        _household("household_id"),
        _household("other_id"),
        *_times(),
    )
    op.create_index("ix_household_link_household_id", "household_link", ["household_id"])
    op.create_index("ix_household_link_other_id", "household_link", ["other_id"])


def downgrade() -> None:
    """The present number and place stay in `household`; households of the other notions cannot be told apart."""
    op.drop_table("household_link")
    op.drop_table("household_version")
    op.drop_column("household", "kind")
