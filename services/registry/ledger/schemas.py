"""Cases on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Area = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
State = Literal[
    "awaiting-acceptance", "verifying", "returned", "awaiting-approval", "in-progress", "closed", "suspended"
]


class SnapshotIn(BaseModel):
    """Who the lead means, as the agencies wrote it: a case must be workable without any registry entry."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(max_length=100)] | None = None
    id_number: Annotated[str, StringConstraints(max_length=40)] | None = None
    phone: Annotated[str, StringConstraints(max_length=40)] | None = None
    address: Annotated[str, StringConstraints(max_length=300)] | None = None


class LeadIn(BaseModel):
    """A lead as it stands; versions of one lead replace each other."""

    model_config = ConfigDict(extra="forbid")

    lead_version: Annotated[int, Field(ge=1)]
    state: Literal["open", "withdrawn"]
    area: Area
    household_key: Annotated[str, StringConstraints(max_length=100)] | None = None
    person_id: Annotated[str, StringConstraints(max_length=36)] | None = None
    subject_id: Annotated[str, StringConstraints(max_length=36)] | None = None
    snapshot: SnapshotIn
    tier: Annotated[str, StringConstraints(max_length=20)] | None = None
    screens: Annotated[list[Annotated[str, StringConstraints(max_length=64)]], Field(max_length=100)] = []
    reasons: Annotated[list[Annotated[str, StringConstraints(max_length=500)]], Field(max_length=100)] = []
    due_on: date | None = None


class ItemOut(BaseModel):
    """One lead of a case; number and telephone masked unless the token may see them."""

    item_id: str
    lead_id: str
    lead_version: int
    state: Literal["open", "withdrawn"]
    person_id: str | None
    subject_id: str | None
    name: str | None
    id_number: str | None
    phone: str | None
    address: str | None
    tier: str | None
    screens: list[str]
    reasons: list[str]
    due_on: date | None


class CaseOut(BaseModel):
    """A case with its items."""

    case_id: str
    household_key: str | None
    area: str
    state: State
    state_label: str
    tier: str | None
    flag: str | None
    due_on: date | None
    responsible_unit: str | None
    responsible_person: str | None
    measure: str | None
    opened_at: datetime
    accepted_at: datetime | None
    closed_at: datetime | None
    closed_reason: str | None
    version: int
    items: list[ItemOut]


class CasePageOut(BaseModel):
    """A page of cases, in the order they were opened."""

    cases: list[CaseOut]
    cursor: str | None


class AcceptIn(BaseModel):
    """Taking a case over: who is responsible, for what, until when (L7, L8)."""

    model_config = ConfigDict(extra="forbid")

    responsible_unit: Short
    responsible_person: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
    measure: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    due_on: date | None = None
