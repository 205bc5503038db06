"""Households on the wire."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kit.problems import Unfit
from kit.shapes import AreaCode
from registry.households.kinds import HouseholdKind, MonitoredAs

HouseholdId = Annotated[str, StringConstraints(min_length=36, max_length=36)]
HouseholdDay = Annotated[date, Field(ge=date(1949, 10, 1), le=date(2200, 1, 1))]
HouseholdNumber = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Relation = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]


class MemberOut(BaseModel):
    """One member: which person, in which place, since when."""

    person_id: str
    name: str
    relation: str | None
    is_head: bool
    valid_from: date


class HouseholdLinkOut(BaseModel):
    """A household of another notion that is of the same people."""

    household_id: str
    kind: HouseholdKind
    number: str
    valid_from: date


class HouseholdIn(BaseModel):
    """A household to be registered; `valid_from` is the day since which it is one."""

    model_config = ConfigDict(extra="forbid")

    kind: HouseholdKind
    number: HouseholdNumber
    area: AreaCode
    monitored_as: MonitoredAs | None = None
    valid_from: HouseholdDay


class HouseholdAltered(BaseModel):
    """Fields to alter; one not sent stays."""

    model_config = ConfigDict(extra="forbid")

    number: HouseholdNumber | None = None
    area: AreaCode | None = None
    monitored_as: MonitoredAs | None = None

    @model_validator(mode="after")
    def keeps_what_it_is(self) -> Self:
        """Number and place can be altered, not taken away."""
        if any(getattr(self, name) is None for name in self.model_fields_set & {"number", "area", "monitored_as"}):
            raise Unfit("户号、区划、监测类型可以更改，不能清空 (these can be altered, not taken away)")
        return self


class HouseholdChangeIn(HouseholdAltered):
    """What changed in the world on that day."""

    on: HouseholdDay


class HouseholdPatchIn(HouseholdAltered):
    """The record was wrong of the days from `valid_from` until before `valid_to` (without: until further notice)."""

    valid_from: HouseholdDay
    valid_to: HouseholdDay | None = None


class _MemberSaid(BaseModel):
    """Whether the person belongs to the household, and in which place."""

    model_config = ConfigDict(extra="forbid")

    person_id: HouseholdId
    belongs: bool
    relation: Relation | None = None
    is_head: bool = False


class MemberChangeIn(_MemberSaid):
    """Somebody joined, left, or got another place on that day."""

    on: HouseholdDay


class MemberPatchIn(_MemberSaid):
    """The record was wrong of the days from `valid_from` until before `valid_to` (without: until further notice)."""

    valid_from: HouseholdDay
    valid_to: HouseholdDay | None = None


class HouseholdLinkIn(BaseModel):
    """Whether the two are of the same people on these days (without an end: until further notice)."""

    model_config = ConfigDict(extra="forbid")

    household_id: HouseholdId
    linked: bool
    valid_from: HouseholdDay
    valid_to: HouseholdDay | None = None


class HouseholdWrittenOut(BaseModel):
    """What a write leaves behind; the version is what the next write must have seen."""

    household_id: str
    version: int


class HouseholdItemOut(BaseModel):
    """A household in a list; `members`: of the caller's area, on the day asked about."""

    household_id: str
    kind: HouseholdKind
    number: str
    area: str
    members: int


class HouseholdPageOut(BaseModel):
    """A page of households in order of id."""

    households: list[HouseholdItemOut]
    cursor: str | None


class HouseholdVersionOut(BaseModel):
    """What was believed of number and place for these days, and when."""

    number: str
    area: str
    monitored_as: str | None
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None


class MembershipVersionOut(BaseModel):
    """What was believed of somebody's place in the household for these days, and when."""

    person_id: str
    relation: str | None
    is_head: bool
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None


class LinkVersionOut(BaseModel):
    """That the household was linked to another on these days, and when that was believed."""

    household_id: str
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None


class HouseholdHistoryOut(BaseModel):
    """Everything ever believed of a household, oldest first. No version: as it stands it was ever since."""

    household_id: str
    version: int
    versions: list[HouseholdVersionOut]
    members: list[MembershipVersionOut]
    links: list[LinkVersionOut]
