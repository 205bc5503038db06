"""Subscriptions to webhooks, their deliveries, and what was told."""

import sqlalchemy as sa
from alembic import op

revision = "m0075"
down_revision = "m0072"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Four tables; the relay's row stands from the beginning."""
    op.create_table(
        "subscription",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(12)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        *(sa.Column(name, INSTANT) for name in ("failing_since", "resting_until", "verified_at", "disabled_at")),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("leased_by", sa.String(64)),
        sa.Column("leased_until", INSTANT),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
    )
    for name in ("client_id", "agency", "area", "state"):
        op.create_index(f"ix_subscription_{name}", "subscription", [name])
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("subscription_id", sa.String(36), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(36), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", INSTANT),
        sa.Column("delivered_at", INSTANT),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.String(24)),
    )
    for name in ("subscription_id", "created_at", "due_at"):
        op.create_index(f"ix_webhook_delivery_{name}", "webhook_delivery", [name])
    op.create_table(
        "batch_told",
        sa.Column("batch_id", sa.String(36), primary_key=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
    )
    relay = op.create_table(
        "webhook_relay",
        sa.Column("id", sa.String(8), primary_key=True),
        sa.Column("lead_seq", sa.Integer(), nullable=False),
    )
    op.bulk_insert(relay, [{"id": "relay", "lead_seq": 0}])
    op.create_index("ix_batch_changed_at", "batch", ["changed_at"])


def downgrade() -> None:
    """Nobody is woken any more."""
    op.drop_index("ix_batch_changed_at", "batch")
    for name in ("webhook_relay", "batch_told", "webhook_delivery", "subscription"):
        op.drop_table(name)
