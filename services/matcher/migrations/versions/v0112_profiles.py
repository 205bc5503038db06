"""Profiles of the screens' settings, their steps and their simulations."""

import sqlalchemy as sa
from alembic import op

revision = "m0112"
down_revision = "m0106"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is in force until somebody drafts and another approves."""
    op.create_table(
        "screen_profile",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("area", sa.String(12), nullable=False, index=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("campaign", sa.String(80)),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.String(300), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), unique=True),
        sa.Column("former_id", sa.String(36)),
        sa.Column("simulation_id", sa.String(36)),
        sa.Column("drafted_by", sa.String(64), nullable=False),
        sa.Column("hands", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.String(64)),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "screen_profile_step",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("profile_id", sa.String(36), nullable=False, index=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(300)),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "screen_simulation",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("profile_id", sa.String(36), nullable=False, index=True),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False, index=True),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(40)),
        sa.Column("as_of", sa.Date()),
        sa.Column("basis", sa.String(64)),
        sa.Column("rules", sa.String(64)),
        sa.Column("found", sa.Text()),
        sa.Column("sample", sa.Text()),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False, index=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("leased_by", sa.String(64)),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Back to the shipped values."""
    for table in ("screen_simulation", "screen_profile_step", "screen_profile"):
        op.drop_table(table)
