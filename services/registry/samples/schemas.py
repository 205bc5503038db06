"""Samples on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kit.problems import Unfit
from kit.shapes import AreaCode
from registry.ledger.schemas import Short

Of = Literal["cases", "townships", "beneficiaries"]
Result = Literal["sound", "wrong", "not-met"]


class SampleIn(BaseModel):
    """What to draw. `cases` opened between two days; `townships` of an area; `beneficiaries` supported today (for
    surveys). `weighted`: by risk (overdue, re-opened, flagged, wrong coverage). Without a seed one is made and kept."""

    model_config = ConfigDict(extra="forbid")

    area: AreaCode
    title: Short
    of: Of
    size: Annotated[int, Field(ge=1, le=5000)]
    weighted: bool = False
    first: date | None = None
    last: date | None = None
    seed: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{4,64}$")] | None = None

    @model_validator(mode="after")
    def fits(self) -> "SampleIn":
        """Days narrow cases only; beneficiaries are all alike."""
        if self.of != "cases" and (self.first or self.last):
            raise Unfit("只有抽取事项时可填起止日期 (days narrow cases only)")
        if self.of == "beneficiaries" and self.weighted:
            raise Unfit("救助对象问卷只作随机抽样 (beneficiaries are drawn at random only)")
        if self.first and self.last and self.last < self.first:
            raise Unfit("结束日不能早于开始日 (it ends no earlier than it begins)")
        return self


class PickOut(BaseModel):
    """One drawn unit: the id of a case, the code of a township; of a beneficiary nothing but area and place."""

    place: int
    unit: str | None
    area: str
    weight: int
    result: Result | None
    finding: str | None
    found_at: datetime | None
    found_by: str | None


class SampleOut(BaseModel):
    """A sample with what was drawn and found."""

    sample_id: str
    area: str
    title: str
    of: Of
    weighted: bool
    first: date | None
    last: date | None
    seed: str
    size: int
    frame_size: int
    frame_digest: str
    drawn_on: date
    drawn_at: datetime
    drawn_by: str
    picks: list[PickOut]


class SampleHeadOut(BaseModel):
    """A sample without its picks."""

    sample_id: str
    area: str
    title: str
    of: Of
    drawn_on: date
    size: int
    found: int


class SamplePageOut(BaseModel):
    """Samples, the newest first."""

    samples: list[SampleHeadOut]
    cursor: str | None


class RedrawnOut(BaseModel):
    """The sample drawn again from its kept frame: whether frame and picks are what they were."""

    frame_holds: bool
    picks_hold: bool
    places: list[int]


class FindingIn(BaseModel):
    """What the inspectors found at one place of the sample."""

    model_config = ConfigDict(extra="forbid")

    result: Result
    finding: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)] | None = None
