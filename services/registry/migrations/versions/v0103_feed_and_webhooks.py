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
    op.create_table(
        "registry_subscription",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("secrets", sa.String(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(12)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        *(sa.Column(name, AT) for name in ("failing_since", "resting_until", "verified_at", "disabled_at")),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("leased_by", sa.String(64)),
        sa.Column("leased_until", AT),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
    )
    for name in ("client_id", "agency", "area", "state"):
        op.create_index(f"ix_registry_subscription_{name}", "registry_subscription", [name])
    op.create_table(
        "registry_webhook_delivery",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("subscription_id", sa.String(36), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(36), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("happened_at", AT, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("due_at", AT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", AT),
        sa.Column("delivered_at", AT),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.String(24)),
    )
    for name in ("subscription_id", "created_at", "due_at"):
        op.create_index(f"ix_registry_webhook_delivery_{name}", "registry_webhook_delivery", [name])
    op.create_table(
        "registry_webhook_relay",
        sa.Column("id", sa.String(8), primary_key=True),
        sa.Column("change_seq", sa.Integer(), nullable=False),
    )
    op.execute("INSERT INTO registry_webhook_relay (id, change_seq) SELECT 'relay', coalesce(max(seq), 0) FROM change")


def downgrade() -> None:
    """Forget it, and wake nobody any more."""
    for name in ("registry_webhook_relay", "registry_webhook_delivery", "registry_subscription"):
        op.drop_table(name)
    op.drop_table("change_floor")
