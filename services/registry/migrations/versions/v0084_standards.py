"""Standards by area and day, with the nation's rules of adjustment as the first of them."""

from datetime import UTC, date, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0084"
down_revision = "0081"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NATION = "000000000000"
SINCE = date(2020, 1, 1)
INTERVAL = "2020 年社会救助巩固提升：按上年度城乡居民人均消费支出的 25%–35%、35%–45% 调整城乡低保标准"
MIDDLE = "指导区间低位未作规定，以区间中点为界；各地可另定"
PHASE_OUT = "农村低保渐退期 3–6 个月"
RULES = (
    ("ratio-urban-lower", 2500, INTERVAL),
    ("ratio-urban-low-part", 3000, MIDDLE), ("ratio-urban-upper", 3500, INTERVAL),
    ("ratio-rural-lower", 3500, INTERVAL),
    ("ratio-rural-low-part", 4000, MIDDLE), ("ratio-rural-upper", 4500, INTERVAL),
    ("phase-out-factor", 20000, "收入高于低保标准且低于低保标准 2 倍的，实行渐退"),
    ("phase-out-months-least", 3, PHASE_OUT), ("phase-out-months-most", 6, PHASE_OUT),
    ("amount-step", 1, "按分计算，不取整；各地可另定"),
)  # fmt: skip


def upgrade() -> None:
    """One table; the rules stand of the nation, so that an area that says nothing else inherits them."""
    standard = op.create_table(
        "standard",
        sa.Column("row_id", sa.String(36), primary_key=True),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(200)),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("superseded_at", INSTANT),
    )
    now_only = sa.text("superseded_at IS NULL AND valid_to IS NULL")
    op.create_index(
        "ix_standard_one_current", "standard", ["area", "kind"], unique=True,
        sqlite_where=now_only, postgresql_where=now_only,
    )  # fmt: skip
    op.create_index("ix_standard_area_kind", "standard", ["area", "kind"])
    at = datetime.now(UTC)
    rows = [
        {
            "row_id": str(uuid4()), "area": NATION, "kind": kind, "version": 1, "value": value, "basis": basis,
            "valid_from": SINCE, "valid_to": None, "recorded_at": at, "superseded_at": None,
        }
        for kind, value, basis in RULES
    ]  # fmt: skip
    op.bulk_insert(standard, rows)


def downgrade() -> None:
    """Without standards."""
    op.drop_table("standard")
