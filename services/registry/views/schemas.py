"""A person as readers see it: with household, coverage, earlier names and numbers."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from registry.coverage.schemas import CoverageOut, SourceOut
from registry.ledger.schemas import CaseNewsOut


class FormerOut(BaseModel):
    """An earlier name and number."""

    name: str
    id_number: str | None


class PersonOut(BaseModel):
    """A person on the wire; number and telephone masked unless the token may see them."""

    person_id: str
    subject_id: str | None
    survivor_id: str | None
    name: str
    id_number: str | None
    sex: Literal["1", "2"] | None
    birth_date: date | None
    ethnic: str | None
    division: str | None
    address: str | None
    phone: str | None
    household_id: str | None
    household_number: str | None
    relation: str | None
    is_head: bool
    former: list[FormerOut]
    coverage: list[CoverageOut]
    source: SourceOut | None


class PersonPageOut(BaseModel):
    """A page of persons in order of id."""

    persons: list[PersonOut]
    cursor: str | None


class PersonDetailOut(PersonOut):
    """A person with the times of what is shown."""

    died_on: date | None
    version: int
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None


class ChangeOut(BaseModel):
    """One change. `person` or `case` is the thing as it is now, null for other kinds and outside the caller's area."""

    seq: int
    kind: Literal["person", "case", "area", "register", "payment-month", "slip"]
    id: str
    recorded_at: datetime
    survivor_id: str | None  # of a person merged into another: who remained
    person: PersonOut | None
    case: CaseNewsOut | None


class ChangePageOut(BaseModel):
    """Changes in order of commit. Go on from `cursor`; `more` says that there are more already."""

    changes: list[ChangeOut]
    cursor: str
    more: bool
