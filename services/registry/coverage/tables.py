"""Coverage in valid time (`start` … `end`, both days inclusive) and recorded time."""

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from kit.columns import Instant
from registry.table import Table


class Coverage(Table, table=True):
    """What was believed of one stretch of support; `coverage_id` stays through corrections, `row_id` does not."""

    __tablename__ = "coverage"
    __table_args__ = (
        Index(
            "ix_coverage_one_current",
            "coverage_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    row_id: str = Field(primary_key=True, max_length=36)
    coverage_id: str = Field(max_length=36, index=True)
    person_id: str = Field(max_length=36, index=True, foreign_key="person.person_id")
    household_id: str | None = Field(default=None, max_length=36, index=True, foreign_key="household.household_id")
    area: str = Field(max_length=12, index=True)
    programme: str = Field(max_length=20)
    form: str | None = Field(default=None, max_length=10)
    start: date
    end: date | None = None
    household_size: int | None = None  # 家庭人口
    covered_count: int | None = None  # 保障人数: another number, and neither is the number of rows
    own_amount_fen: int | None = None  # 本人补助金额: this person's own share
    uplift_grounds: str | None = Field(default=None, max_length=60)  # 分类施保: codes by commas, one amount for all
    uplift_fen: int | None = None  # 分类施保金: of this person, once, whatever the number of grounds
    ground: str | None = Field(default=None, max_length=20)  # 致困原因
    basis: str | None = Field(default=None, max_length=100)  # 办理依据
    self_care: str | None = Field(default=None, max_length=10)  # 特困: full | partial | none
    phase_out_from: date | None = None
    phase_out_until: date | None = None
    end_reason: str | None = Field(default=None, max_length=20)
    version: int = 1
    amount_fen: int | None = None  # 月保障金 as the export states it: the household's, repeated on every member's row
    payee: str | None = Field(default=None, max_length=100)
    account_sealed: str | None = None
    account_blind: str | None = Field(default=None, max_length=64, index=True)
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)
    source_import: str | None = Field(default=None, max_length=36)
    source_line: int | None = None


class Suspension(Table, table=True):
    """Days without payment (停发) of a period that goes on: `start` … `end`, both inclusive, in recorded time."""

    __tablename__ = "coverage_suspension"

    row_id: str = Field(primary_key=True, max_length=36)
    suspension_id: str = Field(max_length=36)
    coverage_id: str = Field(max_length=36, index=True)
    start: date
    end: date | None = None
    reason: str = Field(max_length=20)
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)
