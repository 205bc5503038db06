"""Registers: entries in both times, and what humans said of repeated petitions."""

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0058"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
PRESENT = sa.text("superseded_at IS NULL AND valid_to IS NULL")


def upgrade() -> None:
    """One table for all registers, one for words on pairs of petitions."""
    op.create_table(
        "register_entry",
        sa.Column("row_id", sa.String(36), primary_key=True),
        sa.Column("entry_id", sa.String(36), nullable=False),
        sa.Column("register_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("person_id", sa.String(36)),
        sa.Column("household_id", sa.String(36)),
        sa.Column("case_id", sa.String(36)),
        sa.Column("key_blind", sa.String(64)),
        sa.Column("due_on", sa.Date()),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("values_sealed", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("superseded_at", INSTANT),
        sa.Column("written_by", sa.String(64), nullable=False),
    )
    for name in ("entry_id", "area", "person_id", "household_id", "case_id", "key_blind"):
        op.create_index(f"ix_register_entry_{name}", "register_entry", [name])
    op.create_index("ix_register_entry_of_register", "register_entry", ["register_id", "entry_id"])
    op.create_index("ix_register_entry_due", "register_entry", ["register_id", "due_on"])
    op.create_index(
        "ix_register_entry_one_current",
        "register_entry",
        ["entry_id"],
        unique=True,
        sqlite_where=PRESENT,
        postgresql_where=PRESENT,
    )
    op.add_column("ledger_case", sa.Column("handed_over", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "petition_repeat",
        sa.Column("word_id", sa.String(36), primary_key=True),
        sa.Column("first", sa.String(36), nullable=False),
        sa.Column("second", sa.String(36), nullable=False),
        sa.Column("decision", sa.String(8), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("reason_sealed", sa.String()),
        sa.Column("said_by", sa.String(64), nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
    )
    for name in ("first", "second", "area"):
        op.create_index(f"ix_petition_repeat_{name}", "petition_repeat", [name])


def downgrade() -> None:
    """Without registers."""
    op.drop_column("ledger_case", "handed_over")
    for name in ("petition_repeat", "register_entry"):
        op.drop_table(name)
