"""Categories on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kit.problems import Unfit
from registry.categories.kinds import CategoryCode
from registry.coverage.write_schemas import Programme

CategoryDay = Annotated[date, Field(ge=date(1949, 10, 1), le=date(2200, 1, 1))]
CategoryWord = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
CategoryBasis = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class CategoryKnownBy(BaseModel):
    """What puts somebody into it: any of these. Of `outcomes` only 18: the others lead to support, which an import
    shows; what a visit found counts for so many months."""

    model_config = ConfigDict(extra="forbid")

    programmes: Annotated[list[Programme], Field(max_length=7)] = []
    whole_household: bool = False
    monitored: Annotated[list[Literal["unstable", "marginal", "sudden"]], Field(max_length=3)] = []
    outcomes: Annotated[list[Literal["18"]], Field(max_length=1)] = []
    months: Annotated[int, Field(ge=1, le=120)] = 12


class CategoryIn(BaseModel):
    """What a category means. `change`: from that day on it is so, and what stood before stands until then.
    `correction`: the record was wrong for these days; without `meaning` nothing is on record of them."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["change", "correction"]
    title: CategoryWord | None = None
    rank: Annotated[int, Field(ge=1, le=6)] | None = None
    known_by: CategoryKnownBy | None = None
    valid_from: CategoryDay
    valid_to: CategoryDay | None = None
    basis: CategoryBasis | None = None

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        """Said whole or not at all; days in order; only a correction ends or takes away."""
        said = [self.title is not None, self.rank is not None, self.known_by is not None]
        if any(said) != all(said):
            raise Unfit("title、rank、known_by 须一并写明 (say title, rank and known_by together)")
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise Unfit("valid_to 须晚于 valid_from (valid_to comes after valid_from)")
        if self.mode == "change" and (self.valid_to is not None or not all(said)):
            raise Unfit("调整须写明定义，且无停止日期 (a change says the definition and has no end)")
        return self


class CategoryOut(BaseModel):
    """A definition for a stretch of days. `inherited` where it stands of an area above the one asked about; `shipped`
    where no area has said anything: then it has no days."""

    area: str
    category: CategoryCode
    title: str
    rank: int
    known_by: CategoryKnownBy
    basis: str | None
    valid_from: date | None
    valid_to: date | None
    recorded_at: datetime | None
    superseded_at: datetime | None
    inherited: bool
    shipped: bool


class CategoriesOut(BaseModel):
    """What the six categories mean in an area on a day, the highest first."""

    area: str
    as_of: date
    categories: list[CategoryOut]


class CategoryHistoryOut(BaseModel):
    """All days on record of one category in one area, oldest first."""

    area: str
    category: CategoryCode
    version: int
    versions: list[CategoryOut]


class CategoryWrittenOut(BaseModel):
    """What a write leaves behind."""

    area: str
    category: CategoryCode
    version: int
    recorded_at: datetime


class CategoryReasonOut(BaseModel):
    """A category somebody is in, and what it is known by: a programme, a kind of monitoring, or an outcome."""

    category: CategoryCode
    title: str
    rank: int
    known_by: str
    since: date


class PersonCategoriesOut(BaseModel):
    """A person's categories on a day. `highest` is where it is counted, once; null: in none."""

    person_id: str
    as_of: date
    highest: CategoryCode | None
    categories: list[CategoryReasonOut]


class HouseholdCategoriesOut(BaseModel):
    """The members' categories on a day; `highest` is the household's own: the highest of any member."""

    household_id: str
    as_of: date
    highest: CategoryCode | None
    members: list[PersonCategoriesOut]
