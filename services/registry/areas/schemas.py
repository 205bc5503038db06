"""Divisions on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from kit.problems import Unfit

Code = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Level = Literal["province", "city", "county", "township", "village"]


class AreaIn(BaseModel):
    """One division to import; level and parent follow from the code unless stated."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    name: Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
    level: Level | None = None
    parent: Code | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successors: Annotated[list[Code], Field(max_length=100)] = []

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
