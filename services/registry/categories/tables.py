"""What a category means, in valid time (half-open days) and recorded time."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from kit.columns import Instant, Json
from registry.table import Table


class CategoryRule(Table, table=True):
    """What was believed of one category in one area for one stretch of days. `version` counts what was written of the
    two together."""

    __tablename__ = "category_rule"
    __table_args__ = (
        Index(
            "ix_category_rule_one_current",
            "area",
            "category",
            unique=True,
            sqlite_where=text("superseded_at IS NULL AND valid_to IS NULL"),
            postgresql_where=text("superseded_at IS NULL AND valid_to IS NULL"),
        ),
        Index("ix_category_rule_area_category", "area", "category"),
    )

    row_id: str = Field(primary_key=True, max_length=36)
    area: str = Field(max_length=12)
    category: str = Field(max_length=1)
    version: int
    title: str = Field(max_length=40)
    rank: int
    known_by: dict[str, Any] = Field(sa_type=Json)
    basis: str | None = Field(default=None, max_length=200)
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)
