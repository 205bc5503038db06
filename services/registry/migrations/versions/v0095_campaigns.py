"""Campaigns, what is to be reported by which day, and the business day on which each case was opened."""

import sqlalchemy as sa
from alembic import op

revision = "0095"
down_revision = "0094"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "campaign",
        sa.Column("campaign_id", sa.String(36), primary_key=True),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("citation", sa.String(300)),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("stages", sa.Text(), nullable=False),
        sa.Column("screens", sa.Text(), nullable=False),
        sa.Column("entry_due_on", sa.Date()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_campaign_area", "campaign", ["area"])
    op.create_table(
        "report_duty",
        sa.Column("duty_id", sa.String(36), primary_key=True),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("campaign_id", sa.String(36), sa.ForeignKey("campaign.campaign_id")),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("receiver", sa.String(100), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("submitted_at", INSTANT),
        sa.Column("submitted_on", sa.Date()),
        sa.Column("submitted_by", sa.String(36)),
        sa.Column("summary_sealed", sa.String()),
    )
    op.create_index("ix_report_duty_area", "report_duty", ["area"])
    op.create_index("ix_report_duty_due_on", "report_duty", ["due_on"])
    op.add_column("ledger_case", sa.Column("opened_on", sa.Date(), nullable=False, server_default="1970-01-01"))
    in_china = (
        "CAST(opened_at AT TIME ZONE 'Asia/Shanghai' AS DATE)"
        if op.get_bind().dialect.name == "postgresql"
        else "date(opened_at, '+8 hours')"
    )
    op.execute(f"UPDATE ledger_case SET opened_on = {in_china}")  # noqa: S608 - one of two texts of our own
    op.create_index("ix_ledger_case_opened_on", "ledger_case", ["opened_on"])


def downgrade() -> None:
    """Forget both."""
    op.drop_index("ix_ledger_case_opened_on", "ledger_case")
    op.drop_column("ledger_case", "opened_on")
    op.drop_table("report_duty")
    op.drop_table("campaign")
