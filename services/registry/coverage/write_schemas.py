"""Coverage as written by hand: the authorised entry, its correction, and what happens to it on a day."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kit.problems import Unfit
from registry.coverage.rules import DIBAO, MODES, Status
from registry.coverage.schemas import CoverageOut

Id = Annotated[str, StringConstraints(min_length=36, max_length=36)]
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2200, 1, 1))]
Fen = Annotated[int, Field(ge=0, le=100_000_000)]
Count = Annotated[int, Field(ge=1, le=100)]
Programme = Literal[
    "dibao-rural", "dibao-urban", "tekun-institution", "tekun-home", "dibao-margin", "rigid-expenditure",
    "temporary-aid",
]  # fmt: skip
Ground = Literal[
    "illness", "disability", "no-labour", "old-age", "study", "disaster", "epidemic", "accident", "income-loss",
    "minor", "other",
]  # fmt: skip
Uplift = Literal["illness", "disability", "old-age", "minor", "other"]
EndReason = Literal[
    "income-above", "property", "died", "moved", "other-programme", "phased-out", "renounced", "wrongly",
    "uncooperative", "other",
]  # fmt: skip
PauseReason = Literal["review-overdue", "account", "away", "under-review", "job-refused", "other"]


class CoverageTerms(BaseModel):
    """What is agreed of a period of support."""

    model_config = ConfigDict(extra="forbid")

    form: Literal["household", "single"] | None = None
    household_size: Count | None = None
    covered_count: Count | None = None
    amount_fen: Fen | None = None
    own_amount_fen: Fen | None = None
    uplift_grounds: Annotated[list[Uplift], Field(max_length=5)] = []
    uplift_fen: Fen | None = None
    ground: Ground | None = None
    basis: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] | None = None
    self_care: Literal["full", "partial", "none"] | None = None
    phase_out_from: Day | None = None
    phase_out_until: Day | None = None
    end_reason: EndReason | None = None


class CoverageIn(CoverageTerms):
    """A period to be entered by somebody authorised, from the month of `start` to that of `end`."""

    person_id: Id
    household_id: Id | None = None
    programme: Programme
    start: Day
    end: Day | None = None


class CoveragePatchIn(CoverageTerms):
    """The record was wrong: what is right. A field sent as null is emptied, one not sent stays."""

    household_id: Id | None = None
    programme: Programme | None = None
    start: Day | None = None
    end: Day | None = None

    @model_validator(mode="after")
    def keeps_what_a_period_is(self) -> Self:
        """Programme and beginning can be corrected, not taken away."""
        if any(name in self.model_fields_set and getattr(self, name) is None for name in ("programme", "start")):
            raise Unfit("救助类别和起保年月必填 (a period has a programme and a start)")
        return self


class Dated(BaseModel):
    """Something that happened to a period; `whole_household`: to every member's of the same programme running then."""

    model_config = ConfigDict(extra="forbid")

    whole_household: bool = False

    @property
    @abstractmethod
    def day(self) -> date:
        """The day of it."""


class DatedOn(Dated):
    """What happens on a day."""

    on: Day

    @property
    def day(self) -> date:
        """That day."""
        return self.on


class DatedByDecision(Dated):
    """What follows from a decision."""

    decided_on: Day

    @property
    def day(self) -> date:
        """The day of the decision."""
        return self.decided_on


class CoverageSuspendIn(DatedOn):
    """No payment from that day on, until a day or further notice."""

    until: Day | None = None
    reason: PauseReason


class ResumeIn(DatedOn):
    """Payment again from that day on."""


class CoverageEndIn(DatedOn):
    """The last month supported is that of `on`."""

    reason: EndReason


class PhaseOutIn(DatedByDecision):
    """The decision on a phase-out: income per head and month, and for how many months."""

    income_per_head_fen: Fen
    months: Annotated[int, Field(ge=1, le=24)]


class RequalifyIn(DatedByDecision):
    """Found to meet the conditions again: monthly income of all who are supported; paid anew from next month on."""

    income_fen: Annotated[int, Field(ge=0, le=10_000_000_000)]
    people: Count | None = None


class CoverageItemOut(CoverageOut):
    """A period with whose it is, where, its version, and what it is on the day asked about."""

    person_id: str
    area: str
    version: int
    status: Status
    covers: bool
    recorded_at: datetime
    superseded_at: datetime | None


class CoveragePageOut(BaseModel):
    """A page of periods in order of id."""

    coverage: list[CoverageItemOut]
    cursor: str | None


class PauseVersionOut(BaseModel):
    """What was believed of one suspension, and when."""

    suspension_id: str
    start: date
    end: date | None
    reason: str
    recorded_at: datetime
    superseded_at: datetime | None


class CoverageHistoryOut(BaseModel):
    """Everything ever believed of one period, oldest first."""

    coverage_id: str
    versions: list[CoverageItemOut]
    suspensions: list[PauseVersionOut]


class CoverageWrittenOut(BaseModel):
    """What a write leaves behind. `others`: the further periods it was done to."""

    coverage_id: str
    version: int
    recorded_at: datetime
    others: list[str] = []


def misfit(values: Mapping[str, Any]) -> str | None:
    """What of a period's terms cannot be together, in words; None when they can."""
    programme, end = values["programme"], values["end"]
    size, covered = values["household_size"], values["covered_count"]
    begins, until = values["phase_out_from"], values["phase_out_until"]
    wrong = {
        "停保年月早于起保年月": end is not None and end < values["start"],
        "保障人数多于家庭人口": size is not None and covered is not None and covered > size,
        "只有低保分整户保和单人保": values["form"] is not None and programme not in DIBAO,
        "只有特困人员认定生活自理能力": values["self_care"] is not None and programme not in MODES,
        "只有低保有渐退期": begins is not None and programme not in DIBAO,
        "渐退期须有起，且止不早于起": until is not None and (begins is None or until < begins),
        "有停保原因而无停保年月": values["end_reason"] is not None and end is None,
    }
    return next((reason for reason, is_so in wrong.items() if is_so), None)
