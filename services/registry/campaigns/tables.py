"""Campaigns, and duties to report: who owes what by which day."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field

from kit.columns import Instant, Json
from registry.table import Table


class Campaign(Table, table=True):
    """A campaign: which cases count, its stages, and the day by which the recognised are in the platform."""

    __tablename__ = "campaign"

    campaign_id: str = Field(primary_key=True, max_length=36)
    area: str = Field(max_length=12, index=True)
    title: str = Field(max_length=100)
    citation: str | None = Field(default=None, max_length=300)
    first: date  # cases opened from this day on count …
    last: date  # … to this one
    stages: list[dict[str, Any]] = Field(sa_type=Json)  # title, first, last, target (cases closed; none: no target)
    screens: list[str] = Field(sa_type=Json)  # whose leads count; empty: all
    entry_due_on: date | None = None
    created_at: datetime = Field(sa_type=Instant)
    created_by: str = Field(max_length=36)
    version: int = 1


class ReportDuty(Table, table=True):
    """Something an area is to report by a day: a plan, a summary, a month's figures."""

    __tablename__ = "report_duty"

    duty_id: str = Field(primary_key=True, max_length=36)
    area: str = Field(max_length=12, index=True)  # who owes it
    campaign_id: str | None = Field(default=None, max_length=36, foreign_key="campaign.campaign_id")
    title: str = Field(max_length=100)
    receiver: str = Field(max_length=100)
    due_on: date = Field(index=True)
    created_at: datetime = Field(sa_type=Instant)
    created_by: str = Field(max_length=36)
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)
    submitted_on: date | None = None
    submitted_by: str | None = Field(default=None, max_length=36)
    summary_sealed: str | None = None
