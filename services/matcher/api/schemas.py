"""What the matcher's doors answer. A table is never an answer: a column is private until it is named here."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Out(BaseModel):
    """Read from a row or a mapping, never written back."""

    model_config = ConfigDict(from_attributes=True)


class FeedColumnOut(Out):
    """A column of a feed: our name, its title in templates, and the headers it may come under."""

    name: str
    title: str
    headers: list[str]
    kind: str
    required: bool


class FeedOut(Out):
    """What an agency agreed to send."""

    feed: str
    version: int
    agency: str
    title: str
    load: str
    freshness_days: int
    legal_basis: str
    purpose: str
    columns: list[FeedColumnOut]


class FeedsOut(Out):
    """The feeds the caller may see."""

    feeds: list[FeedOut]


class ProgressOut(Out):
    """How far the present step is."""

    phase: str
    rows_total: int | None
    rows_done: int
    rate: float | None
    eta_s: float | None


class RefusalOut(Out):
    """Why the bytes are no table, and the way out; no cell is repeated."""

    reason: str
    zh: str
    en: str


class BatchOut(Out):
    """One delivery: what it is, how far it is, and what became of its rows."""

    batch_id: str
    feed: str
    feed_version: int
    agency: str
    area: str
    load: str
    mode: str
    period: str | None
    extracted_at: date | None
    state: str
    error: str | None
    refusal: RefusalOut | None = Field(description="Of a long file refused after its upload: why it cannot be read")
    held_for: list[str] = Field(description="Guards that tripped: another must confirm. Of a rehearsal: would trip")
    held_figures: dict[str, dict[str, Any]] = Field(description="The figures of each of them")
    atomicity: str
    expected_rows: int | None
    supersedes: str | None
    expires_at: datetime | None = Field(description="When an upload in parts expires, unless a part comes")
    sealed_at: datetime | None = Field(description="Since when the whole file is here")
    waits_for: str | None = Field(description="The delivery before it in its line which it waits for")
    rolled_back_at: datetime | None
    rollback_reason: str | None
    same_as: str | None
    superseded_by: str | None
    yours: bool = Field(description="Whether you pushed it or let it count: then another confirms or rolls it back")
    rows_deleted: int
    rows_deleted_at: datetime | None
    file_deleted_at: datetime | None
    bytes: int
    sha256: str
    outcomes: dict[str, int] | None
    reading: dict[str, Any] | None
    linked: dict[str, int] | None
    model_version: str | None
    progress: ProgressOut
    created_at: datetime
    changed_at: datetime


class BatchPageOut(Out):
    """Deliveries, the newest first."""

    batches: list[BatchOut]
    cursor: str | None


class IssueOut(Out):
    """One thing wrong with a row; no cell's value is repeated. `message` and `hint` are what staff read."""

    code: str
    severity: str
    pointer: str | None
    args: dict[str, Any]
    message: str
    hint: str


class RowOut(Out):
    """What became of one row, and everything that is wrong with it."""

    line: int
    row_key: str | None
    outcome: str
    issues: list[IssueOut]
    sheet: str | None = None  # where the row stands in the file: its sheet, its row there, which of the row's people
    row: int | None = None
    part: int | None = None


class RowPageOut(Out):
    """Rows in the order of the file."""

    rows: list[RowOut]
    cursor: str | None


class DoubtOut(Out):
    """An open question behind a lead: why, which record, and who else it may be."""

    reason: str
    record: str
    other: str


class CandidateOut(Out):
    """One of the people a lead may mean, the name masked; the answer names which."""

    person_id: str
    name: str | None


class LeadOut(Out):
    """One person on the match list, masked. `suppressed`: somebody settled it, and nothing new is known since;
    `waiting`: found, and comes into hand when the township has room (`released_on` says since when it is).

    `urgency` is 0 to 100, `colour` what the lead's area makes of it; `due_days` are working days where a screen
    asks for a time of its own.
    """

    lead_id: str
    version: int
    state: str
    suppressed_for: str | None
    suppressed_until: date | None
    registered: bool
    subject_id: str
    household_key: str | None
    household: str | None
    area: str
    residence: str | None
    tier: str
    urgency: int
    colour: str
    due_days: int | None
    grade: str
    screens: list[str]
    sources: list[str]
    doubts: list[DoubtOut]
    name: str | None
    id_number: str | None
    phone: str | None
    candidates: list[CandidateOut]
    case_id: str | None
    case_state: str | None
    due_on: date | None
    released_on: date | None
    changed_at: datetime


class LeadPageOut(Out):
    """Leads in the order they were first found."""

    leads: list[LeadOut]
    cursor: str | None


class LeadChangeOut(Out):
    """One entry that is there now (`upsert`), or is gone from the caller's area (`withdrawal`).

    `reason` of a withdrawal: `gone` (no finding is left), `settled:<code>` (somebody answered it), `moved` (another
    township is in charge now). `lead` is null for a withdrawal, and for an entry whose withdrawal follows.
    """

    seq: int
    change: str
    lead_id: str
    version: int
    reason: str | None
    lead: LeadOut | None


class LeadChangePageOut(Out):
    """Changes in order. Go on from `cursor`; `more` says that there are more already."""

    changes: list[LeadChangeOut]
    cursor: str
    more: bool


class ReceivesOut(Out):
    """A programme somebody of the household lives on, on the day of the list."""

    programme: str
    title: str
    form: str | None
    since: date | None
    until: date | None
    suspended: bool
    amount_fen: int | None


class MemberOut(Out):
    """Somebody of the household, on the list or not, masked; with what the person receives."""

    person_id: str
    name: str | None
    relation: str | None
    is_head: bool
    birth_year: int | None
    lead_id: str | None
    receives: list[ReceivesOut]


class CardOut(Out):
    """One household: everybody of it on the list, and (`members`, where the registry knows the household) everybody
    in it with what each receives."""

    card: str
    household_key: str | None
    tier: str
    urgency: int
    colour: str
    leads: list[LeadOut]
    members: list[MemberOut]


class CardPageOut(Out):
    """Households."""

    cards: list[CardOut]
    cursor: str | None


class EvidenceOut(Out):
    """A row behind a finding and how it was linked; rows of the registry carry no link.

    `title`: the agency and its list, in Chinese; `told_on`: the day the list was drawn, or came.
    """

    record: str
    feed: str | None = None
    title: str | None = None
    told_on: date | None = None
    grade: str | None = None
    probability: float | None = None
    pattern: int | None = None
    reason: str | None = None
    model_version: str | None = None
    levels: dict[str, str] | None = None


class FindingOut(Out):
    """One screen's hit: by which version, on which values, from which rows, in which versions of the lead."""

    screen: str
    screen_version: str
    title: str | None
    tier: str
    reason: str
    inputs: dict[str, Any]
    records: list[EvidenceOut]
    since_version: int
    until_version: int | None
    made_at: datetime


class InsistedOut(Out):
    """A row behind a lead that a visit found wrong and its agency says is right: a person of the county decides."""

    correction_id: str
    feed: str
    record: str
    answered_at: datetime


class LeadDetailOut(LeadOut):
    """A lead with everything it rests on, earlier versions too, and with everybody of its household the registry knows.
    `agency_insists`: rows whose agency says, against the visit, that they are right."""

    findings: list[FindingOut]
    agency_insists: list[InsistedOut]
    members: list[MemberOut]


class IdentityOut(Out):
    """Whom to visit, unmasked; the look is in the journal."""

    lead_id: str
    version: int
    name: str | None
    id_number: str | None
    phone: str | None
    address: str | None
    household: str | None


class LinkOut(Out):
    """What a record is taken for."""

    link_id: str
    record: str
    subject_id: str
    registered: bool
    probability: float
    grade: str
    reason: str | None
    levels: dict[str, str] | None
    model_version: str
    made_at: datetime


class LinkPageOut(Out):
    """Links in the order they were made."""

    links: list[LinkOut]
    cursor: str | None


class JournalEntryOut(Out):
    """One entry: who, what, about whom (an id), for which purpose."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str | None
    purpose: str | None
    detail: dict[str, Any]


class JournalPageOut(Out):
    """A page of the journal, oldest first."""

    entries: list[JournalEntryOut]
    cursor: str | None
