"""Accounts of people, their sessions, and failed sign-ins."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "account",
        sa.Column("account_id", sa.String(36), primary_key=True),
        sa.Column("login", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("staff_number", sa.String(40), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False, index=True),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("disabled_at", moment),
        sa.Column("activation_hash", sa.String(64)),
        sa.Column("activation_until", moment),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("password_set_at", moment),
        sa.Column("totp_sealed", sa.String()),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.UniqueConstraint("agency", "staff_number"),
    )
    op.create_table(
        "past_password",
        sa.Column("password_id", sa.String(36), primary_key=True),
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.account_id"), nullable=False, index=True),
        sa.Column("password_hash", sa.String(200), nullable=False),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.account_id"), nullable=False, index=True),
    )
    op.create_table(
        "account_session",
        sa.Column("session_id", sa.String(36), primary_key=True),
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.account_id"), nullable=False, index=True),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("handle_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("purpose", sa.String(64), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.Column("ended_at", moment, index=True),
        sa.Column("ended_why", sa.String(20)),
        sa.Column("totp_sealed", sa.String()),
    )
    op.create_table(
        "spent_handle",
        sa.Column("handle_hash", sa.String(64), primary_key=True),
        sa.Column("session_id", sa.String(36), sa.ForeignKey("account_session.session_id"), nullable=False, index=True),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", moment, nullable=False, index=True),
        sa.Column("locked_until", moment),
    )
