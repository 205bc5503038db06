"""The ledger's life: outcomes, where every item stands, deadlines, cases opened by hand."""

import sqlalchemy as sa
from alembic import op

from kit.columns import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen cases, items and events; make the table of outcomes."""
    _cases()
    _items()
    _outcomes()
    with op.batch_alter_table("ledger_event") as table:
        table.add_column(sa.Column("item_id", sa.String(36), nullable=True))
        table.add_column(sa.Column("outcome_id", sa.String(36), nullable=True))


def _cases() -> None:
    with op.batch_alter_table("ledger_case") as table:
        table.add_column(sa.Column("origin", sa.String(10), nullable=False, server_default="lead"))
        table.add_column(sa.Column("title_sealed", sa.String(), nullable=True))
        table.add_column(sa.Column("area_fixed", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("word_sealed", sa.String(), nullable=True))
        table.add_column(sa.Column("returned", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("accept_due_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("suspended_until", sa.Date(), nullable=True))
        table.add_column(sa.Column("reported_at", Instant(), nullable=True))
        table.add_column(sa.Column("reopened", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_ledger_case_accept_due_on", "ledger_case", ["accept_due_on"], unique=False)


def _items() -> None:
    with op.batch_alter_table("ledger_item") as table:
        table.alter_column("lead_id", existing_type=sa.String(64), nullable=True)
        table.add_column(sa.Column("kind", sa.String(10), nullable=False, server_default="missed"))
        table.add_column(sa.Column("standing", sa.String(20), nullable=False, server_default="pending"))
        table.add_column(sa.Column("code", sa.String(4), nullable=True))
        table.add_column(sa.Column("outcome_id", sa.String(36), nullable=True))
        table.add_column(sa.Column("answered_version", sa.Integer(), nullable=True))
        table.add_column(sa.Column("reported_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("settled_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("suppress_until", sa.Date(), nullable=True))
        table.add_column(sa.Column("closed_reason", sa.String(50), nullable=True))
        table.add_column(sa.Column("reopened_reason", sa.String(20), nullable=True))
        table.add_column(sa.Column("revisit_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("decision_due_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("number_blind", sa.String(64), nullable=True))
        table.add_column(sa.Column("stated_person_id", sa.String(36), nullable=True))
        table.add_column(sa.Column("stated_number_blind", sa.String(64), nullable=True))
    op.create_index("ix_ledger_item_standing", "ledger_item", ["standing"], unique=False)


def _outcomes() -> None:
    op.create_table(
        "ledger_outcome",
        sa.Column("outcome_id", sa.String(36), primary_key=True),
        sa.Column("item_id", sa.String(36), sa.ForeignKey("ledger_item.item_id"), nullable=False),
        sa.Column("case_id", sa.String(36), sa.ForeignKey("ledger_case.case_id"), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("code", sa.String(4), nullable=False),
        sa.Column("how", sa.String(12), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("form", sa.String(12), nullable=True),
        sa.Column("reason", sa.String(12), nullable=True),
        sa.Column("stop_from", sa.String(7), nullable=True),
        sa.Column("overpaid_fen", sa.Integer(), nullable=True),
        sa.Column("recovered_fen", sa.Integer(), nullable=True),
        sa.Column("entered_on", sa.Date(), nullable=True),
        sa.Column("reported_at", Instant(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("reported_by", sa.String(36), nullable=False),
        sa.Column("content_mac", sa.String(32), nullable=False),
        sa.Column("said_sealed", sa.String(), nullable=False),
    )
    for column in ("item_id", "case_id", "area", "code"):
        op.create_index(f"ix_ledger_outcome_{column}", "ledger_outcome", [column], unique=False)
