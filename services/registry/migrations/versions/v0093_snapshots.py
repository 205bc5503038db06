"""Frozen ledgers, their lines, and what was done with them; written once."""

import sqlalchemy as sa
from alembic import op

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TABLES = ("ledger_snapshot", "ledger_snapshot_part", "ledger_snapshot_step")


def upgrade() -> None:
    """Three tables, and the triggers that keep them as they were written."""
    op.create_table(
        "ledger_snapshot",
        sa.Column("snapshot_id", sa.String(36), primary_key=True),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("cut_off", INSTANT, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("opened", "closed", "still_open", "overdue")),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("frozen_at", INSTANT, nullable=False),
        sa.Column("frozen_by", sa.String(36), nullable=False),
        sa.UniqueConstraint("number"),
        sa.CheckConstraint("opened = closed + still_open", name="opened_is_closed_and_open"),
    )
    op.create_index("ix_ledger_snapshot_area", "ledger_snapshot", ["area"])
    head = sa.ForeignKey("ledger_snapshot.snapshot_id")
    op.create_table(
        "ledger_snapshot_part",
        sa.Column("part_id", sa.String(36), primary_key=True),
        sa.Column("snapshot_id", sa.String(36), head, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("lines_sealed", sa.String(), nullable=False),
        sa.UniqueConstraint("snapshot_id", "part"),
    )
    op.create_table(
        "ledger_snapshot_step",
        sa.Column("step_id", sa.String(36), primary_key=True),
        sa.Column("snapshot_id", sa.String(36), sa.ForeignKey("ledger_snapshot.snapshot_id"), nullable=False),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("actor", sa.String(36), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.UniqueConstraint("snapshot_id", "action"),
    )
    op.create_index("ix_ledger_snapshot_step_snapshot_id", "ledger_snapshot_step", ["snapshot_id"])
    _keep_as_written()


def _keep_as_written() -> None:
    """As agreements are kept; but lines may be sealed anew under another key, so theirs may be updated."""
    for table in TABLES:
        kept = ("DELETE",) if table == "ledger_snapshot_part" else ("UPDATE", "DELETE")
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_written_once BEFORE {' OR '.join(kept)} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION written_once()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION written_once()"
            )
            continue
        for event in kept:
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'written once: {table}'); END"
            )


def downgrade() -> None:
    """Forget frozen ledgers."""
    for table in reversed(TABLES):
        op.drop_table(table)
