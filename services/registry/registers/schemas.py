"""Registers and their entries on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kit.problems import Unfit
from kit.shapes import AreaCode

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2100, 12, 31))]
Said = Annotated[
    dict[Annotated[str, StringConstraints(max_length=64)], Any],
    Field(max_length=64, description="Field → value, as the register's catalogue says; dates as YYYY-MM-DD, money fen"),
]
Outcome = Literal["created", "updated", "unchanged", "duplicate", "rejected"]


class RegisterFieldOut(BaseModel):
    """One field: its kind, its header in a sheet, whether it is mandatory, whether it is told unrevealed."""

    name: str
    title: str
    kind: str
    required: bool
    secret: bool
    choices: dict[str, str]
    headers: list[str]


class ReasonOut(BaseModel):
    """Why something is due, doubted or missing."""

    code: str
    text: str


class RegisterOut(BaseModel):
    """A register: what it is about, what it rests on, its fields, by what an entry is known again."""

    register_id: str
    title: str
    about: Literal["person", "household", "case", "area"]
    duties: list[str]
    citation: str
    fields: list[RegisterFieldOut]
    key: list[str]
    due_reasons: list[ReasonOut]
    scope: str | None


class RegistersOut(BaseModel):
    """Every register there is."""

    registers: list[RegisterOut]


class RegisterEntryIn(BaseModel):
    """An entry. `area`: of whom or what it is about unless said; `valid_from`: as the register says, else today."""

    model_config = ConfigDict(extra="forbid")

    values: Said
    area: AreaCode | None = None
    valid_from: Day | None = None


class EntryPatchIn(BaseModel):
    """The record was wrong: what is right (null empties a field), for all of the present version or for the days from
    `valid_from` until before `valid_to`."""

    model_config = ConfigDict(extra="forbid")

    values: Said
    area: AreaCode | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None

    @model_validator(mode="after")
    def has_a_beginning(self) -> "EntryPatchIn":
        """Days end where they began."""
        if self.valid_to is not None and self.valid_from is None:
            raise Unfit("只写了 valid_to，请同时写 valid_from (valid_to needs valid_from)")
        return self


class EntryChangeIn(BaseModel):
    """It changed in the world on that day."""

    model_config = ConfigDict(extra="forbid")

    values: Said
    on: Day
    area: AreaCode | None = None


class EntryEndIn(BaseModel):
    """It ended on that day, and why."""

    model_config = ConfigDict(extra="forbid")

    on: Day
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class EntryOut(BaseModel):
    """An entry as it stands, identity masked unless revealed; `notices`: what is to be looked at today."""

    entry_id: str
    register_id: str
    version: int
    area: str
    person_id: str | None
    household_id: str | None
    case_id: str | None
    values: dict[str, Any]
    due_on: date | None
    ended: bool
    end_reason: str | None
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    notices: list[ReasonOut]


class EntryVersionOut(EntryOut):
    """One version, and until when it was believed."""

    superseded_at: datetime | None
    written_by: str


class EntryPageOut(BaseModel):
    """Entries in the order they were made."""

    entries: list[EntryOut]
    cursor: str | None


class EntryHistoryOut(BaseModel):
    """Every version of an entry, in the order they were written."""

    entry_id: str
    versions: list[EntryVersionOut]


class SheetIssueOut(BaseModel):
    """One thing about a row: code, how grave, at which cell, and what to do."""

    code: str
    severity: Literal["error", "warning"]
    pointer: str | None
    message: str


class SheetRowOut(BaseModel):
    """What became of one line, with all its issues at once."""

    line: int
    outcome: Outcome
    entry_id: str | None
    issues: list[SheetIssueOut]


class RegisterImportOut(BaseModel):
    """What became of a sheet: every row has its outcome, and `counts` sum to the rows. `skipped` are title, header,
    total and blank lines."""

    register_id: str
    dry_run: bool
    rows_total: int
    counts: dict[Outcome, int]
    columns: dict[str, str]
    skipped: dict[str, int]
    rows: list[SheetRowOut]


class RegisterDueOut(BaseModel):
    """Something due, doubted or missing. `entry_id` null: there is no entry where there should be one."""

    reason: str
    reason_text: str
    area: str
    entry_id: str | None
    person_id: str | None
    name: str | None
    due_on: date | None
    waiting_days: int | None


class DuePageOut(BaseModel):
    """What is due by the day, by area."""

    register_id: str
    by: date
    items: list[RegisterDueOut]
    cursor: str | None
