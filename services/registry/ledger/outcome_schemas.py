"""Outcomes on the wire: what a visit came to, what became of the report, and a case's history."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kit.shapes import AreaCode, Month
from registry.ledger.schemas import Code, Id, Kind, LeadId, Name, RowErrorOut, Short, State, Text

How = Literal["visit", "phone", "village", "comparison"]
Form = Literal["household", "single", "institution", "home"]
Reason = Literal["income", "property", "supporters", "other"]


class OutcomeIn(BaseModel):
    """What a visit came to. `outcome_id` is the client's own UUID: the same one again changes nothing.

    The item is named by `item_id` or `lead_id` (in `/cases/{id}/outcome` neither is needed where the case has one).
    Which fields a code needs: see `/cases/outcome-codes`.
    """

    model_config = ConfigDict(extra="forbid")

    outcome_id: Annotated[
        str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", to_lower=True)
    ]
    item_id: Id | None = None
    lead_id: LeadId | None = None
    code: Code
    how: How
    visited_on: date
    visited_by: Name | None = None
    note: Text | None = None
    form: Form | None = None
    reason: Reason | None = None
    refer_to: Short | None = None
    died_on: date | None = None
    duplicate_of: LeadId | None = None
    person_id: Id | None = None
    name: Short | None = None
    id_number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)] | None = None
    area: AreaCode | None = None
    stop_from: Month | None = None
    paid_month: Month | None = None
    overpaid_fen: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    recovered_fen: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    revisit_on: date | None = None
    entered_on: date | None = None
    entry_number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)] | None = None


class OutcomesIn(BaseModel):
    """Up to 500 outcomes."""

    model_config = ConfigDict(extra="forbid")

    outcomes: Annotated[list[OutcomeIn], Field(min_length=1, max_length=500)]


class ReportedOut(BaseModel):
    """What became of one outcome; `index` counts from 0 in a list, `line` is a sheet's row as a reader counts."""

    index: int | None = None
    line: int | None = None
    outcome_id: str | None
    item_id: str | None
    case_id: str | None
    result: Literal["taken", "unchanged", "refused"]
    errors: list[RowErrorOut] = []


class OutcomesOut(BaseModel):
    """What became of all: their numbers add up to what was sent (`blank`: rows of a sheet without a result).

    `accepted`: cases taken over on the way, by the columns of a sheet that say who is responsible.
    """

    taken: int
    unchanged: int
    refused: int
    blank: int = 0
    accepted: int = 0
    results: list[ReportedOut]


class OutcomeCodeOut(BaseModel):
    """A code of the catalogue: for which kind of item, what must be stated with it (`with_money`: where a
    screen about payments found it), what follows."""

    code: Code
    title: str
    kinds: list[Kind]
    required: list[str]
    with_money: list[str]
    forms: list[Form]
    second_person: bool
    after: Literal["settled", "in-progress", "revisit"]
    programmes: list[str]
    suppress_months: int | None
    label: str | None
    correction: bool


class OutcomeCodesOut(BaseModel):
    """The whole catalogue, in order of codes."""

    codes: list[OutcomeCodeOut]


class EventOut(BaseModel):
    """One entry of a case's history."""

    at: datetime
    actor: str
    action: str
    action_label: str
    state_before: State | None
    state_after: State
    lead_id: str | None
    item_id: str | None
    outcome_id: str | None


class OutcomeOut(BaseModel):
    """An outcome as history keeps it: without names, numbers and notes."""

    outcome_id: str
    item_id: str
    code: Code
    code_title: str
    how: How
    visited_on: date
    form: Form | None
    reason: Reason | None
    stop_from: str | None
    paid_month: str | None
    overpaid_fen: int | None
    recovered_fen: int | None
    entered_on: date | None
    reported_at: datetime
    reported_by: str


class HistoryOut(BaseModel):
    """Everything that happened to a case, oldest first."""

    case_id: str
    events: list[EventOut]
    outcomes: list[OutcomeOut]


class AnswerUpOut(OutcomeIn):
    """An answer that holds about a lead of the prefecture, in full, with who took it over."""

    lead_id: LeadId
    responsible_unit: str | None
    responsible_person: str | None
    measure: str | None


class AnswersUpOut(BaseModel):
    """Answers in order of items; the whole list again gives the same answers again."""

    answers: list[AnswerUpOut]
    cursor: str | None
