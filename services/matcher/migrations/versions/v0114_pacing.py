"""Urgency and time of a lead, since when it is in hand; held screens; paces of townships."""

import sqlalchemy as sa
from alembic import op

revision = "m0114"
down_revision = "m0112"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Leads of before are as urgent as the next screening finds them; who is on the list is in hand."""
    op.add_column("lead", sa.Column("urgency", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("lead", sa.Column("due_days", sa.Integer()))
    op.add_column("lead", sa.Column("released_on", sa.Date()))
    op.create_index("ix_lead_released_on", "lead", ["released_on"])
    op.add_column("screening", sa.Column("waiting", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "screen_hold",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("screen", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("counted_at", INSTANT, nullable=False),
        sa.Column("decided_by", sa.String(36)),
        sa.Column("decided_at", INSTANT),
        sa.Column("reason", sa.String(300)),
        sa.UniqueConstraint("screen", "area"),
    )
    for name in ("area", "state"):
        op.create_index(f"ix_screen_hold_{name}", "screen_hold", [name])
    op.create_table(
        "town_pace",
        sa.Column("area", sa.String(12), primary_key=True),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("urgent_from", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(36), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
    )


def downgrade() -> None:
    """Who waits is withdrawn by the next screening of the version before, and found anew."""
    op.drop_table("town_pace")
    op.drop_table("screen_hold")
    op.drop_column("screening", "waiting")
    op.drop_index("ix_lead_released_on", "lead")
    for name in ("released_on", "due_days", "urgency"):
        op.drop_column("lead", name)
