"""Cases, their items (one per lead) and what happened to them, append only."""

from datetime import date, datetime

from sqlmodel import Field

from kit.columns import Instant, Json
from registry.table import Table


class Case(Table, table=True):
    """The follow-up of one household, or of one person where no household is known."""

    __tablename__ = "ledger_case"  # CASE is a word of SQL

    case_id: str = Field(primary_key=True, max_length=36)
    subject_key: str = Field(max_length=120, index=True)  # household:… or person:… or subject:… or lead:…
    household_key: str | None = Field(default=None, max_length=100)
    area: str = Field(max_length=12, index=True)
    state: str = Field(max_length=20, index=True)
    tier: str | None = Field(default=None, max_length=20)
    flag: str | None = Field(default=None, max_length=20)
    due_on: date | None = Field(default=None, index=True)
    responsible_unit: str | None = Field(default=None, max_length=100)
    responsible_person: str | None = Field(default=None, max_length=50)
    measure: str | None = Field(default=None, max_length=500)
    opened_at: datetime = Field(sa_type=Instant)
    accepted_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_reason: str | None = Field(default=None, max_length=50)
    version: int = 1


class CaseItem(Table, table=True):
    """One lead within a case: a snapshot of who was meant, sealed, because reasons speak of health."""

    __tablename__ = "ledger_item"

    item_id: str = Field(primary_key=True, max_length=36)
    case_id: str = Field(max_length=36, index=True, foreign_key="ledger_case.case_id")
    lead_id: str = Field(max_length=64, unique=True)
    lead_version: int
    state: str = Field(max_length=10)  # open | withdrawn
    person_id: str | None = Field(default=None, max_length=36, index=True)
    subject_id: str | None = Field(default=None, max_length=36, index=True)
    tier: str | None = Field(default=None, max_length=20)
    screens: list[str] = Field(sa_type=Json)
    due_on: date | None = None
    snapshot_sealed: str
    updated_at: datetime = Field(sa_type=Instant)


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
