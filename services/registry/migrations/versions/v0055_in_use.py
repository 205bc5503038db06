"""Whom each caller was told unmasked is counted by the day; a case knows who took it over and who works on it."""

import sqlalchemy as sa
from alembic import op

from kit.columns import Instant

revision = "0055"
down_revision = "0051"
branch_labels = None
depends_on = None
# Of a case that was taken over more than once the last time counts; one handed on since waits for the next.
TAKEN_OVER = """
UPDATE ledger_case SET accepted_by = (
    SELECT actor FROM ledger_event
    WHERE ledger_event.case_id = ledger_case.case_id AND ledger_event.action = 'accept'
    ORDER BY ledger_event.at DESC, ledger_event.event_id DESC LIMIT 1
) WHERE accepted_at IS NOT NULL
"""


def upgrade() -> None:
    """Ids of today and yesterday; who took over stands in the events."""
    op.create_table(
        "reveal",
        sa.Column("holder", sa.String(64), primary_key=True),
        sa.Column("day", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("subject", sa.String(80), primary_key=True),
        sa.Column("area", sa.String(12), nullable=True),
        sa.Column("at", Instant(), nullable=False),
    )
    op.add_column("ledger_case", sa.Column("accepted_by", sa.String(36), nullable=True))
    op.add_column("ledger_case", sa.Column("assigned_to", sa.String(36), nullable=True))
    op.create_index("ix_ledger_case_accepted_by", "ledger_case", ["accepted_by"])
    op.create_index("ix_ledger_case_assigned_to", "ledger_case", ["assigned_to"])
    op.execute(TAKEN_OVER)


def downgrade() -> None:
    """Forget them."""
    op.drop_index("ix_ledger_case_assigned_to", "ledger_case")
    op.drop_index("ix_ledger_case_accepted_by", "ledger_case")
    op.drop_column("ledger_case", "assigned_to")
    op.drop_column("ledger_case", "accepted_by")
    op.drop_table("reveal")
