"""A worker's own cases on the wire: what is needed at the door. Without reasons and screens: they speak of health."""

from datetime import date, datetime

from pydantic import BaseModel

from registry.ledger.schemas import Kind, Standing, State


class MyPersonOut(BaseModel):
    """One person of a case the caller works on: whom to ask for, where, and by which number to call.

    `group`: the village, and the group within it. `head`: the head of the household, if the registry knows the person.
    """

    item_id: str
    lead_id: str | None
    kind: Kind
    standing: Standing
    standing_label: str
    name: str | None
    id_last4: str | None
    phone: str | None
    group: str | None
    head: str | None


class MyCaseOut(BaseModel):
    """A case the caller took over, or was given."""

    case_id: str
    area: str
    state: State
    state_label: str
    tier: str | None
    flag: str | None
    due_on: date | None
    suspended_until: date | None
    overdue: bool
    responsible_unit: str | None
    responsible_person: str | None
    accepted_at: datetime | None
    version: int
    people: list[MyPersonOut]


class MyCasePageOut(BaseModel):
    """A page of the caller's own cases, in the order they were opened."""

    cases: list[MyCaseOut]
    cursor: str | None
