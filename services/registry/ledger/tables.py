"""Cases, their items (one per lead), what was reported on them and what happened to them, append only."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field

from kit.columns import Instant, Json
from registry.table import Table


class Case(Table, table=True):
    """The follow-up of one household, of one person where no household is known, or of a problem with no person."""

    __tablename__ = "ledger_case"  # CASE is a word of SQL
    # A township's list is read along (town, case_id); what it is narrowed by is seen in the index, before the row.
    __table_args__ = (
        Index("ix_ledger_case_town_list", "town", "case_id", "state", "due_on", "flag", "relapsed", "waits_until"),
    )

    case_id: str = Field(primary_key=True, max_length=36)
    subject_key: str = Field(max_length=120, index=True)  # household:… or person:… or subject:… or lead:… or hand:…
    household_key: str | None = Field(default=None, max_length=100)
    origin: str = Field(default="lead", max_length=10)  # lead | hand | prefecture
    title_sealed: str | None = None  # of a case opened by hand
    area: str = Field(max_length=12, index=True)
    town: str = Field(max_length=9)  # the area's first digits: a township's list is read along (town, case_id)
    area_fixed: bool = False  # transferred by hand: its leads' areas no longer move it
    state: str = Field(max_length=20, index=True)
    tier: str | None = Field(default=None, max_length=20)
    flag: str | None = Field(default=None, max_length=20)
    word_sealed: str | None = None  # what was said with the last return, suspension, re-opening, closing or transfer
    returned: bool = False  # an approver sent an outcome back, and no other was reported since
    accept_due_on: date | None = Field(default=None, index=True)
    due_on: date | None = Field(default=None, index=True)
    suspended_until: date | None = None
    responsible_unit: str | None = Field(default=None, max_length=100)
    responsible_person: str | None = Field(default=None, max_length=50)
    assigned_agency: str | None = Field(default=None, max_length=64, index=True)  # a third party that works on it
    assigned_from: date | None = None
    assigned_until: date | None = None
    measure: str | None = Field(default=None, max_length=500)
    opened_at: datetime = Field(sa_type=Instant)
    opened_on: date = Field(index=True)  # the business day, which trials set
    accepted_at: datetime | None = Field(default=None, sa_type=Instant)
    accepted_by: str | None = Field(default=None, max_length=36, index=True)  # account or client
    assigned_to: str | None = Field(default=None, max_length=36, index=True)  # the same, where it was handed to another
    reported_at: datetime | None = Field(default=None, sa_type=Instant)  # the first outcome of any of its items
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_reason: str | None = Field(default=None, max_length=50)
    handed_over: bool = False  # to the discipline inspection or the police: few see it then
    reopened: int = 0  # how often
    version: int = 1
    # Reckoned whenever a book is written (ledger/listing.py): what lists are narrowed by.
    relapsed: bool = False  # opened again, or the household's earlier case at the same place was closed
    standings: str = Field(default="", max_length=60)  # of its items, each once and with a comma after it
    waits_until: date | None = None  # until when the step it stands at is due


class CaseItem(Table, table=True):
    """One lead within a case: a snapshot of who was meant, sealed, because reasons speak of health."""

    __tablename__ = "ledger_item"

    item_id: str = Field(primary_key=True, max_length=36)
    case_id: str = Field(max_length=36, index=True, foreign_key="ledger_case.case_id")
    lead_id: str | None = Field(default=None, max_length=64, unique=True)  # none: a person named by hand
    lead_version: int
    kind: str = Field(default="missed", max_length=10)  # missed | wrong | doubt: the gravest of `about`
    about: list[str] | None = Field(default=None, sa_type=Json)  # what the screens of its lead are about
    state: str = Field(max_length=10)  # open | withdrawn: what the matcher says of its lead
    origin: str = Field(default="lead", max_length=10)  # lead | prefecture: who matched
    standing: str = Field(default="pending", max_length=20, index=True)  # states.STANDINGS: what humans made of it
    code: str | None = Field(default=None, max_length=4)  # of the outcome that holds now
    outcome_id: str | None = Field(default=None, max_length=36)  # that outcome; or the step that closed it by hand
    answered_version: int | None = None  # of the lead, as whoever answered saw it
    reported_on: date | None = None
    settled_on: date | None = None
    suppress_until: date | None = None
    closed_reason: str | None = Field(default=None, max_length=50)
    reopened_reason: str | None = Field(default=None, max_length=20)  # why it came back, until it is settled again
    revisit_on: date | None = None
    due_on: date | None = None  # as the lead has it, or reckoned from its first `due_days`
    due_days: int | None = None  # working days the lead asks for
    decision_due_on: date | None = None  # until when an import should show what was decided
    person_id: str | None = Field(default=None, max_length=36, index=True)
    subject_id: str | None = Field(default=None, max_length=36, index=True)
    stated_person_id: str | None = Field(default=None, max_length=36)  # whom an outcome named
    number_stated: bool = False  # an outcome completed the number; it stands in what was said
    entered_on: date | None = Field(default=None, index=True)  # into the provincial platform
    entry_sealed: str | None = None  # under which number
    entry_refused_on: date | None = None  # the platform's last word, where it was a refusal
    entry_refusal_sealed: str | None = None  # and why
    tier: str | None = Field(default=None, max_length=20)
    screens: list[str] = Field(sa_type=Json)
    number_sealed: str | None = None  # of whoever is meant, in the form in which equal numbers are equal
    number_blind: str | None = Field(default=None, max_length=64, index=True)
    snapshot_sealed: str  # name, number, telephone, address, reasons, candidates
    updated_at: datetime = Field(sa_type=Instant)


class Authority(Table, table=True):
    """From a day on a code is confirmed at a level in a county; in both times."""

    __tablename__ = "decision_authority"

    rule_id: str = Field(primary_key=True, max_length=36)
    area: str = Field(max_length=12, index=True)
    code: str = Field(max_length=4)
    level: str = Field(max_length=10)  # township | county | both
    valid_from: date
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)


class Outcome(Table, table=True):
    """What a visit came to: never changed, never deleted. What figures need stands in columns, the rest is sealed."""

    __tablename__ = "ledger_outcome"

    outcome_id: str = Field(primary_key=True, max_length=36)  # the client's
    item_id: str = Field(max_length=36, index=True, foreign_key="ledger_item.item_id")
    case_id: str = Field(max_length=36, index=True, foreign_key="ledger_case.case_id")
    area: str = Field(max_length=12, index=True)  # the case's when it was reported
    kind: str = Field(max_length=10)
    code: str = Field(max_length=4, index=True)
    how: str = Field(max_length=12)
    visited_on: date
    form: str | None = Field(default=None, max_length=12)
    reason: str | None = Field(default=None, max_length=12)
    stop_from: str | None = Field(default=None, max_length=7)  # YYYY-MM
    paid_month: str | None = Field(default=None, max_length=7)  # the first month the doubt is about
    overpaid_fen: int | None = None
    recovered_fen: int | None = None
    entered_on: date | None = None
    reported_at: datetime = Field(sa_type=Instant)
    reported_on: date
    reported_by: str = Field(max_length=36)
    content_mac: str = Field(max_length=32)  # tells a repeated call from another content under the same id
    said_sealed: str  # who visited, notes, identity, death, duplicate, referral


class CaseEvent(Table, table=True):
    """What happened to a case: never changed, never deleted."""

    __tablename__ = "ledger_event"

    event_id: str = Field(primary_key=True, max_length=36)
    case_id: str = Field(max_length=36, index=True, foreign_key="ledger_case.case_id")
    at: datetime = Field(sa_type=Instant)
    actor: str = Field(max_length=36)
    action: str = Field(max_length=30)
    state_before: str | None = Field(default=None, max_length=20)
    state_after: str = Field(max_length=20)
    lead_id: str | None = Field(default=None, max_length=64)
    item_id: str | None = Field(default=None, max_length=36)
    outcome_id: str | None = Field(default=None, max_length=36)
    version: int = 0  # the case's after it
    altered_sealed: str | None = None  # what it altered of the case: field → before, after


class Evidence(Table, table=True):
    """A piece of evidence: what is told of it. Never altered but to be withdrawn."""

    __tablename__ = "ledger_evidence"

    evidence_id: str = Field(primary_key=True, max_length=36)
    case_id: str = Field(max_length=36, index=True, foreign_key="ledger_case.case_id")
    about: str = Field(max_length=12)  # visit | document | closing
    media_type: str = Field(max_length=40)
    bytes: int
    sha256: str = Field(max_length=64)
    name_sealed: str
    added_at: datetime = Field(sa_type=Instant)
    added_by: str = Field(max_length=36)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: str | None = Field(default=None, max_length=36)
    withdrawn_reason_sealed: str | None = None


class EvidenceContent(Table, table=True):
    """The file itself, sealed; a table of its own, so that lists do not carry it."""

    __tablename__ = "ledger_evidence_content"

    evidence_id: str = Field(primary_key=True, max_length=36, foreign_key="ledger_evidence.evidence_id")
    content_sealed: str
