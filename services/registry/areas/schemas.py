"""Divisions on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from kit.problems import Unfit
from kit.shapes import AreaCode

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Level = Literal["province", "city", "county", "township", "village"]


class AreaIn(BaseModel):
    """One division to import; level and parent follow from the code unless stated."""

    model_config = ConfigDict(extra="forbid")

    code: AreaCode
    name: Name
    level: Level | None = None
    parent: AreaCode | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successors: Annotated[list[AreaCode], Field(max_length=100)] = []  # the whole list, unless it is empty
    aliases: Annotated[list[Name], Field(max_length=50)] = []
    functional: bool = False

    @field_validator("code")
    @classmethod
    def names_a_place(cls, code: str) -> str:
        """All zeros is the whole country, which is no division."""
        if not code.strip("0"):
            raise Unfit("全零不是区划代码 (all zeros is no division)")
        return code


class AreasIn(BaseModel):
    """Divisions to import."""

    model_config = ConfigDict(extra="forbid")

    areas: Annotated[list[AreaIn], Field(min_length=1, max_length=200_000)]


class AreaOut(BaseModel):
    """One division during one stretch of time."""

    code: str
    name: str
    level: str
    parent: str | None
    valid_from: date
    valid_to: date | None
    successors: list[str]
    functional: bool
    aliases: list[str]
    recorded_at: datetime | None


class AreaPageOut(BaseModel):
    """A page of divisions in order of code."""

    areas: list[AreaOut]
    cursor: str | None


class AreaImportOut(BaseModel):
    """What an import of divisions did; the three sum to the rows sent."""

    created: int
    updated: int
    unchanged: int


class SuccessorsOut(BaseModel):
    """What became of a division: itself while it exists, else those that exist now."""

    code: str
    successors: list[AreaOut]


class AreaRowOut(BaseModel):
    """A row of a code table and what it did or would do. `issue`: a word and what to do about it."""

    line: int
    code: str
    name: str
    action: Literal["created", "renamed", "ended", "dated", "succeeded", "unchanged", "left"]
    issue: str | None
    message: str | None


class AreaTableOut(BaseModel):
    """What a code table did, or would do: `rows` are those that did something or have an issue, the first of them."""

    shape: Literal["snapshot", "timeline", "alterations"]
    dry_run: bool
    counts: dict[str, int]
    issues: dict[str, int]
    outside: int
    rows: list[AreaRowOut]
    more_rows: int


class ResolvedPlaceOut(BaseModel):
    """A division that was asked for, and what stands in its place on the day."""

    code: str
    name: str
    by: Literal["code", "name", "alias"]
    standing: list[AreaOut]


class ResolvedAreasOut(BaseModel):
    """What a code or a name means on a day, as it was believed at a moment; several where it is ambiguous."""

    as_of: date
    known_at: datetime | None
    found: list[ResolvedPlaceOut]
