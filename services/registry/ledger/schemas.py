"""Cases on the wire: what the matcher and townships send, what they read."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kit.problems import Unfit
from kit.shapes import AreaCode

Id = Annotated[str, StringConstraints(min_length=36, max_length=36)]
LeadId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
State = Literal[
    "awaiting-acceptance", "verifying", "returned", "awaiting-approval", "in-progress", "closed", "suspended"
]
Standing = Literal["pending", "revisit", "awaiting-approval", "in-progress", "settled"]
Kind = Literal["missed", "wrong", "doubt"]
Code = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17", "18",
    "W1", "W2", "W3", "W4", "W5", "P1", "P2", "P3", "P4", "P5",
]  # fmt: skip
ReturnReason = Literal["new-facts", "period-ended"]


class SnapshotIn(BaseModel):
    """Who the lead means, as the agencies wrote it: a case must be workable without any registry entry."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(max_length=100)] | None = None
    id_number: Annotated[str, StringConstraints(max_length=40)] | None = None
    phone: Annotated[str, StringConstraints(max_length=40)] | None = None
    address: Annotated[str, StringConstraints(max_length=300)] | None = None


class CandidateIn(BaseModel):
    """One of the registered people a lead may mean."""

    model_config = ConfigDict(extra="forbid")

    person_id: Id
    name: Annotated[str, StringConstraints(max_length=100)] | None = None


class LeadHitIn(BaseModel):
    """A screen that found the person, and what it is about: uncovered, wrongly-covered, payment, conduct, care …"""

    model_config = ConfigDict(extra="forbid")

    screen: Annotated[str, StringConstraints(max_length=64)]
    kind: Annotated[str, StringConstraints(min_length=1, max_length=32)]


class LeadIn(BaseModel):
    """A lead as it stands; versions of one lead replace each other.

    `hits` say of each screen what it is about; together they decide which codes answer the lead. Without them (leads of
    before) `kind` does.

    `knows_outcome` is the outcome a lead returns in spite of: without it (or with an older one) a lead whose item is
    settled is brought up to date and stays settled. `return_reason` says why it returns. `due_days` are working days
    from when the lead first asked for them, where it asks for others than the county gives; `due_on` names the day.

    `origin` says who matched: this installation's matcher (`lead`), or the prefecture, whose lead was brought here. One
    withdrawn without a name and a number keeps what is known of whom it was about.
    """

    model_config = ConfigDict(extra="forbid")

    lead_version: Annotated[int, Field(ge=1)]
    state: Literal["open", "withdrawn"]
    kind: Kind = "missed"
    area: AreaCode
    household_key: Annotated[str, StringConstraints(max_length=100)] | None = None
    person_id: Annotated[str, StringConstraints(max_length=36)] | None = None
    subject_id: Annotated[str, StringConstraints(max_length=36)] | None = None
    candidates: Annotated[list[CandidateIn], Field(max_length=20)] = []
    snapshot: SnapshotIn
    tier: Annotated[str, StringConstraints(max_length=20)] | None = None
    screens: Annotated[list[Annotated[str, StringConstraints(max_length=64)]], Field(max_length=100)] = []
    hits: Annotated[list[LeadHitIn], Field(max_length=100)] = []
    reasons: Annotated[list[Annotated[str, StringConstraints(max_length=500)]], Field(max_length=100)] = []
    due_on: date | None = None
    due_days: Annotated[int, Field(ge=1, le=250)] | None = None
    knows_outcome: Id | None = None
    return_reason: ReturnReason | None = None
    origin: Literal["lead", "prefecture"] = "lead"


class LeadOfManyIn(LeadIn):
    """A lead within a list."""

    lead_id: LeadId


class LeadsIn(BaseModel):
    """Up to 500 leads."""

    model_config = ConfigDict(extra="forbid")

    leads: Annotated[list[LeadOfManyIn], Field(min_length=1, max_length=500)]


class LeadPutOut(BaseModel):
    """What became of a lead: its case, or (`code`) why it was not taken."""

    lead_id: str
    case_id: str | None
    state: State | None
    code: str | None


class LeadsPutOut(BaseModel):
    """One answer per lead, in order."""

    results: list[LeadPutOut]


class CandidateOut(BaseModel):
    """One of the registered people a lead may mean; the outcome names which by `person_id`."""

    person_id: str
    name: str | None


class ItemOut(BaseModel):
    """One lead of a case, or a person named by hand (`lead_id` null); identity masked unless the token may see it.

    Codes of any of `kinds` answer it; `kind` is the gravest of them.
    """

    item_id: str
    lead_id: str | None
    lead_version: int
    kind: Kind
    kinds: list[Kind]
    state: Literal["open", "withdrawn"]
    standing: Standing
    standing_label: str
    code: Code | None
    code_title: str | None
    outcome_id: str | None
    reported_on: date | None
    settled_on: date | None
    suppress_until: date | None
    closed_reason: str | None
    reopened_reason: str | None
    revisit_on: date | None
    person_id: str | None
    subject_id: str | None
    candidates: list[CandidateOut]
    name: str | None
    id_number: str | None
    phone: str | None
    address: str | None
    tier: str | None
    screens: list[str]
    reasons: list[str]
    due_on: date | None


class CaseOut(BaseModel):
    """A case with its items. `word` is what was said with the last return, suspension, re-opening, transfer or closing.

    `overdue`: not taken over by `accept_due_on`, or past `due_on` (or `suspended_until`) and not closed.
    """

    case_id: str
    origin: Literal["lead", "hand", "prefecture"]
    title: str | None
    household_key: str | None
    area: str
    state: State
    state_label: str
    tier: str | None
    flag: str | None
    word: str | None
    accept_due_on: date | None
    due_on: date | None
    suspended_until: date | None
    overdue: bool
    responsible_unit: str | None
    responsible_person: str | None
    assigned_agency: str | None
    assigned_from: date | None
    assigned_until: date | None
    measure: str | None
    opened_at: datetime
    accepted_at: datetime | None
    reported_at: datetime | None
    closed_at: datetime | None
    closed_reason: str | None
    reopened: int
    version: int
    items: list[ItemOut]


class CasePageOut(BaseModel):
    """A page of cases, in the order they were opened."""

    cases: list[CaseOut]
    cursor: str | None


class CaseIn(BaseModel):
    """A case opened by hand: somebody who may be missed or wrongly supported, a doubt about what
    they are paid, or a problem with no person (L7)."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["missed", "wrong", "doubt", "problem"]
    area: AreaCode
    title: Short
    snapshot: SnapshotIn | None = None
    person_id: Id | None = None
    tier: Annotated[str, StringConstraints(max_length=20)] | None = None
    reasons: Annotated[list[Text], Field(max_length=20)] = []
    due_on: date | None = None


class AcceptIn(BaseModel):
    """Taking a case over: who is responsible, for what, until when (L7, L8)."""

    model_config = ConfigDict(extra="forbid")

    responsible_unit: Short
    responsible_person: Name
    measure: Text
    due_on: date | None = None


class AcceptOneIn(AcceptIn):
    """A case of many to take over; without `version` as it stands."""

    case_id: Id
    version: int | None = None


class AcceptManyIn(BaseModel):
    """Up to 500 cases to take over."""

    model_config = ConfigDict(extra="forbid")

    cases: Annotated[list[AcceptOneIn], Field(min_length=1, max_length=500)]


class ApproveOneIn(BaseModel):
    """A case of many whose outcomes are confirmed; without `version` as it stands."""

    model_config = ConfigDict(extra="forbid")

    case_id: Id
    version: int | None = None


class ApproveManyIn(BaseModel):
    """Up to 500 cases whose outcomes are confirmed."""

    model_config = ConfigDict(extra="forbid")

    cases: Annotated[list[ApproveOneIn], Field(min_length=1, max_length=500)]


class ReasonIn(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: Text


class ReturnIn(ReasonIn):
    """Why outcomes are sent back; all that wait for approval unless `items` names some."""

    items: Annotated[list[Id], Field(max_length=100)] = []


class ReopenIn(ReasonIn):
    """Why a case is opened again; all its items unless `items` names some."""

    items: Annotated[list[Id], Field(max_length=100)] = []


class SuspendIn(ReasonIn):
    """Why and until when a case rests."""

    until: date | None = None


class TransferIn(ReasonIn):
    """To which area of the same county a case goes."""

    area: AreaCode


class AssignIn(BaseModel):
    """Who is responsible from now on; and which third party (social workers under contract) works on it until when.

    `account_id`: the account (or client) that works on it and finds it under `/cases/mine`; without one it stays with
    whoever took it over. Without `agency` no third party works on it, whoever did before.
    """

    model_config = ConfigDict(extra="forbid")

    responsible_unit: Short
    responsible_person: Name
    measure: Text | None = None
    due_on: date | None = None
    account_id: Id | None = None
    agency: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")] | None = None
    agency_until: date | None = None

    @model_validator(mode="after")
    def has_its_end(self) -> "AssignIn":
        """An assignment without an end would outlast its contract."""
        if (self.agency is None) != (self.agency_until is None):
            raise Unfit("agency 与 agency_until 须同时填写 (give agency and agency_until together)")
        return self


class RowErrorOut(BaseModel):
    """One thing wrong with one row: which field (and cell, of a sheet), which code, and a sentence with the way out."""

    code: str
    field: str | None
    cell: str | None = None
    detail: str


class StepOut(BaseModel):
    """What became of one case of many."""

    index: int
    case_id: str
    state: State | None
    version: int | None
    result: Literal["taken", "unchanged", "refused"]
    errors: list[RowErrorOut] = []


class StepsOut(BaseModel):
    """What became of all cases of a list, in order."""

    taken: int
    unchanged: int
    refused: int
    results: list[StepOut]


class ItemNewsOut(BaseModel):
    """Where a lead's item stands, for the matcher: unmasked, what the outcome that holds now stated.

    `lead_version` is the version that was answered, while an answer holds; else the newest the ledger has.
    `outcome_id` without `code`: closed by hand; it names the step. Both null while nothing holds.
    """

    item_id: str
    lead_id: str
    lead_version: int
    kind: Kind
    standing: Standing
    code: Code | None
    outcome_id: str | None
    reported_on: date | None
    settled_on: date | None
    suppress_until: date | None
    closed_reason: str | None
    person_id: str | None
    duplicate_of: str | None
    died_on: date | None
    name: str | None
    id_number: str | None


class CaseNewsOut(BaseModel):
    """A case as it stands now, for followers; items named by hand have no lead and are left out."""

    case_id: str
    state: State
    area: str
    due_on: date | None
    version: int
    items: list[ItemNewsOut]
