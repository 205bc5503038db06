"""Persons on the wire, as written; as read they come with household and coverage from `views`."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from kit.problems import Unfit
from kit.shapes import AreaCode

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Id = Annotated[str, StringConstraints(min_length=36, max_length=36)]


class PersonFields(BaseModel):
    """What can be said of a person."""

    model_config = ConfigDict(extra="forbid")

    id_number: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    sex: Literal["1", "2"] | None = None
    birth_date: date | None = None
    ethnic: Annotated[str, StringConstraints(max_length=20)] | None = None
    division: AreaCode | None = None
    address: Annotated[str, StringConstraints(max_length=300)] | None = None
    phone: Annotated[str, StringConstraints(max_length=40)] | None = None
    died_on: date | None = None


class PersonIn(PersonFields):
    """A person to be registered. `subject_id` is the matcher's id of somebody it knew before the registry did."""

    name: Text
    subject_id: Id | None = None
    valid_from: date | None = None


class PersonAltered(PersonFields):
    """Fields to alter; a field sent as null is emptied, one not sent stays."""

    name: Text | None = None

    @model_validator(mode="after")
    def keeps_a_name(self) -> Self:
        """A name can be altered but not taken away."""
        if "name" in self.model_fields_set and self.name is None:
            raise Unfit("姓名必填 (a person has a name)")
        return self


class PersonPatchIn(PersonAltered):
    """The record was wrong: what is right, for all of the present version or for the days from `valid_from` until
    before `valid_to` (without: until further notice)."""

    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def has_a_beginning(self) -> Self:
        """Days end where they began."""
        if self.valid_to is not None and self.valid_from is None:
            raise Unfit("只写了 valid_to，请同时写 valid_from (valid_to needs valid_from)")
        return self


class PersonChangeIn(PersonAltered):
    """The world changed on that day: a move, a new telephone, a death."""

    on: date


class PersonWrittenOut(BaseModel):
    """What a write leaves behind; read the person itself with GET."""

    person_id: str
    version: int
    recorded_at: datetime


class PersonLookupIn(BaseModel):
    """Who holds this number? Never in a URL."""

    model_config = ConfigDict(extra="forbid")

    id_number: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    name: Text | None = None


class PersonSearchIn(BaseModel):
    """Who bears this name, the whole of it? Never in a URL."""

    model_config = ConfigDict(extra="forbid")

    name: Text
