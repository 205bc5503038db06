"""Indexes that a township's list and its changes are read along, in place of those on a word nearly every row bears."""

from alembic import op

revision = "m0144"
down_revision = "m0138"
branch_labels = None
depends_on = None

# table, name, columns: what there was, and what there is
BEFORE = (
    ("lead", "ix_lead_area", ["area"]),
    ("lead", "ix_lead_state", ["state"]),
    ("finding", "ix_finding_lead_id", ["lead_id"]),
    ("finding", "ix_finding_screen", ["screen"]),
    ("finding", "ix_finding_until_version", ["until_version"]),
    ("lead_change", "ix_lead_change_area", ["area"]),
)
SINCE = (
    ("lead", "ix_lead_list", ["area", "state", "id"]),
    ("finding", "ix_finding_held", ["lead_id", "until_version", "screen"]),
    ("lead_change", "ix_lead_change_list", ["area", "seq"]),
)


def upgrade() -> None:
    """Nothing but indexes: releases of before read along the new ones too."""
    _exchange(BEFORE, SINCE)


def downgrade() -> None:
    """The former ones."""
    _exchange(SINCE, BEFORE)


def _exchange(these: tuple[tuple[str, str, list[str]], ...], those: tuple[tuple[str, str, list[str]], ...]) -> None:
    for table, name, _ in these:
        op.drop_index(name, table)
    for table, name, columns in those:
        op.create_index(name, table, columns)
