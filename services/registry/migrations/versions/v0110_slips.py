"""Slips put to several counties, their sides, and what happened to them; and who matched a lead."""

import sqlalchemy as sa
from alembic import op

revision = "0110"
down_revision = "0109"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Three tables; leads of before were matched here."""
    op.create_table(
        "slip",
        sa.Column("slip_id", sa.String(36), primary_key=True),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_by", sa.String(36), nullable=False),
        sa.Column("settled_on", sa.Date()),
        sa.Column("settled_by", sa.String(10)),
        sa.Column("keeps", sa.String(12)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("area", "year", "serial"),
    )
    for name in ("area", "key", "state", "due_on"):
        op.create_index(f"ix_slip_{name}", "slip", [name])
    op.create_table(
        "slip_side",
        sa.Column("side_id", sa.String(36), primary_key=True),
        sa.Column("slip_id", sa.String(36), sa.ForeignKey("slip.slip_id"), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("county", sa.String(12), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("coverage_id", sa.String(36), nullable=False),
        sa.Column("programme", sa.String(20), nullable=False),
        sa.Column("form", sa.String(10)),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(12)),
        sa.Column("stop_from", sa.String(7)),
        sa.Column("answered_on", sa.Date()),
        sa.Column("answered_by", sa.String(36)),
    )
    for name in ("slip_id", "area", "person_id", "coverage_id"):
        op.create_index(f"ix_slip_side_{name}", "slip_side", [name])
    op.create_table(
        "slip_event",
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("slip_id", sa.String(36), sa.ForeignKey("slip.slip_id"), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(36), nullable=False),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("county", sa.String(12)),
        sa.Column("code", sa.String(12)),
        sa.Column("state_after", sa.String(10), nullable=False),
        sa.Column("word_sealed", sa.String()),
    )
    op.create_index("ix_slip_event_slip_id", "slip_event", ["slip_id"])
    op.add_column("ledger_item", sa.Column("origin", sa.String(10), nullable=False, server_default="lead"))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("ledger_item", "origin")
    for table in ("slip_event", "slip_side", "slip"):
        op.drop_table(table)
