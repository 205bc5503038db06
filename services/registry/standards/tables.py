"""Standards in valid time (half-open days) and recorded time."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from kit.columns import Instant
from registry.table import Table


class Standard(Table, table=True):
    """What was believed of one kind in one area for one stretch of days. `version` counts what was written of the two
    together."""

    __tablename__ = "standard"
    __table_args__ = (
        Index(
            "ix_standard_one_current",
            "area",
            "kind",
            unique=True,
            sqlite_where=text("superseded_at IS NULL AND valid_to IS NULL"),
            postgresql_where=text("superseded_at IS NULL AND valid_to IS NULL"),
        ),
        Index("ix_standard_area_kind", "area", "kind"),
    )

    row_id: str = Field(primary_key=True, max_length=36)
    area: str = Field(max_length=12)
    kind: str = Field(max_length=32)
    version: int
    value: int = Field(sa_type=BigInteger)  # in the unit of its kind: fen, basis points or months
    basis: str | None = Field(default=None, max_length=200)  # the document that says so (文号)
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)
