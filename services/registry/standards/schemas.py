"""Standards on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kit.problems import Unfit
from kit.shapes import AreaCode
from registry.standards.kinds import YEARLY, Group, Unit

KindName = Literal[
    "dibao-urban", "dibao-rural", "tekun-living-urban", "tekun-living-rural", "care-full", "care-partial", "care-none",
    "consumption-urban", "consumption-rural", "income-urban", "income-rural", "ratio-urban-lower",
    "ratio-urban-low-part", "ratio-urban-upper", "ratio-rural-lower", "ratio-rural-low-part", "ratio-rural-upper",
    "amount-step", "phase-out-factor", "phase-out-months-least", "phase-out-months-most",
    "aid-emergency-township", "aid-expense-township",
]  # fmt: skip
Value = Annotated[int, Field(gt=0, le=100_000_000_000)]
Day = Annotated[date, Field(ge=date(1949, 10, 1), le=date(2200, 1, 1))]
Basis = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class StandardIn(BaseModel):
    """A standard in the unit of its kind. `change`: from that day on it is so, and what stood before stands until then.
    `correction`: the record was wrong for these days (without an end: until further notice); without a value nothing
    is on record of them."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["change", "correction"]
    value: Value | None
    valid_from: Day
    valid_to: Day | None = None
    basis: Basis | None = None

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        """Days in order; only a correction ends or takes away."""
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise Unfit("valid_to 须晚于 valid_from (valid_to comes after valid_from)")
        if self.mode == "change" and (self.valid_to is not None or self.value is None):
            raise Unfit("调整须有数值，且无停止日期 (a change has a value and no end)")
        return self


class ProposalIn(BaseModel):
    """What somebody thinks of fixing."""

    model_config = ConfigDict(extra="forbid")

    area: AreaCode
    kind: KindName
    value: Value
    valid_from: Day


class ProposalsIn(BaseModel):
    """Up to 100 of them. They are judged together: each sees the others of its area as if they stood."""

    model_config = ConfigDict(extra="forbid")

    proposals: Annotated[list[ProposalIn], Field(min_length=1, max_length=100)]


class StandardOut(BaseModel):
    """A standard for a stretch of days; `inherited` where it stands of an area above the one asked about."""

    area: str
    kind: str
    title: str
    group: Group
    unit: Unit
    value: int
    basis: str | None
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None
    inherited: bool


class StandardsOut(BaseModel):
    """What holds in an area on a day."""

    area: str
    on: date
    standards: list[StandardOut]


class StandardHistoryOut(BaseModel):
    """All days on record of one kind in one area, oldest first."""

    area: str
    kind: str
    version: int
    versions: list[StandardOut]


class FindingOut(BaseModel):
    """One thing to look at. `rule`: the duty it follows from; `unknown` says what is missing to judge."""

    code: str
    severity: Literal["warning", "unknown"]
    rule: str
    message: str


class StandardVerdictOut(BaseModel):
    """What the rules of adjustment say of a standard; ratios in basis points of last year's consumption per head."""

    area: str
    kind: str
    valid_from: date
    value: int
    ratio: int | None
    last_ratio: int | None
    lower: int | None
    upper: int | None
    findings: list[FindingOut]


class VerdictsOut(BaseModel):
    """One verdict per proposal, in order."""

    verdicts: list[StandardVerdictOut]


class StandardWrittenOut(BaseModel):
    """What a write leaves behind, and what the rules say of it: they warn, a human decides."""

    area: str
    kind: str
    version: int
    recorded_at: datetime
    verdict: StandardVerdictOut | None


class StandardImportOut(BaseModel):
    """What an import did; the two sum to the rows of the file."""

    written: int
    unchanged: int
    verdicts: list[StandardVerdictOut]


def yearly_begins(kind: str, day: date) -> bool:
    """A figure of a year is one of a whole calendar year: it begins on the first of January."""
    return kind not in YEARLY or (day.month, day.day) == (1, 1)
