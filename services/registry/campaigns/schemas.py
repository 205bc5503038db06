"""Campaigns and duties to report, on the wire."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kit.problems import Unfit
from kit.shapes import AreaCode
from registry.ledger.schemas import Id, Short

Long = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]
ScreenId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,63}$")]


class StageIn(BaseModel):
    """A stage: 摸排, 自查整改, 深化核查, 长效机制 …; stages may overlap. `target`: cases to be closed by its end."""

    model_config = ConfigDict(extra="forbid")

    title: Short
    first: date
    last: date
    target: Annotated[int, Field(ge=1, le=10_000_000)] | None = None

    @model_validator(mode="after")
    def ends_after_it_begins(self) -> "StageIn":
        """A stage of no day is a slip of the pen."""
        if self.last < self.first:
            raise Unfit("阶段结束日不能早于开始日 (a stage ends no earlier than it begins)")
        return self


class CampaignIn(BaseModel):
    """A campaign of an area. `entry_due_on`: the 25 June kind of deadline for entering the recognised (L4)."""

    model_config = ConfigDict(extra="forbid")

    area: AreaCode
    title: Short
    citation: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] | None = None
    first: date
    last: date
    stages: Annotated[list[StageIn], Field(min_length=1, max_length=12)]
    screens: Annotated[list[ScreenId], Field(max_length=50)] = []
    entry_due_on: date | None = None

    @model_validator(mode="after")
    def holds_its_stages(self) -> "CampaignIn":
        """Stages lie within the campaign; so does the day of the entries begin."""
        if self.last < self.first:
            raise Unfit("结束日不能早于开始日 (it ends no earlier than it begins)")
        if any(one.first < self.first or one.last > self.last for one in self.stages):
            raise Unfit("各阶段须在行动期内 (every stage lies within the campaign)")
        if self.entry_due_on is not None and self.entry_due_on < self.first:
            raise Unfit("录入期限不能早于开始日 (the day of entry lies after the beginning)")
        return self


class StageOut(StageIn):
    """A stage, and whether it runs today."""

    running: bool


class CampaignOut(BaseModel):
    """A campaign as it stands."""

    campaign_id: str
    area: str
    title: str
    citation: str | None
    first: date
    last: date
    stages: list[StageOut]
    screens: list[str]
    entry_due_on: date | None
    version: int


class CampaignPageOut(BaseModel):
    """Campaigns, the newest first."""

    campaigns: list[CampaignOut]
    cursor: str | None


class ProgressRowOut(BaseModel):
    """How one division stands: opened = closed + still_open; recognised = entered + to_enter."""

    area: str
    area_name: str
    opened: int
    accepted: int
    visited: int
    closed: int
    still_open: int
    overdue: int
    recognised: int
    entered: int
    entered_late: int
    to_enter: int


class CampaignProgressOut(BaseModel):
    """A campaign's board: a row per division below its area, the total, and how far each running stage's target is."""

    campaign_id: str
    as_of: date
    rows: list[ProgressRowOut]
    total: ProgressRowOut
    stages: list[StageOut]
    shares: list[float | None]


class DutyIn(BaseModel):
    """What an area is to report to whom by which day."""

    model_config = ConfigDict(extra="forbid")

    area: AreaCode
    title: Short
    receiver: Short
    due_on: date
    campaign_id: Id | None = None


class SummaryIn(BaseModel):
    """What a summary says: 基本情况, 典型做法, 存在问题, 意见建议."""

    model_config = ConfigDict(extra="forbid")

    basics: Long
    practices: Long | None = None
    problems: Long | None = None
    proposals: Long | None = None


class DutyOut(BaseModel):
    """A duty to report. `state`: done, due (within the week), overdue, open."""

    duty_id: str
    area: str
    campaign_id: str | None
    title: str
    receiver: str
    due_on: date
    state: str
    late: bool
    submitted_at: datetime | None
    submitted_by: str | None
    summary: SummaryIn | None


class DutyPageOut(BaseModel):
    """Duties in order of their day."""

    duties: list[DutyOut]
    cursor: str | None
