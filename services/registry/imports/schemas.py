"""Imports on the wire."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel

Outcome = Literal["created", "updated", "unchanged", "duplicate", "rejected"]


class ProgressOut(BaseModel):
    """How far it is."""

    phase: str
    rows_total: int
    rows_done: int


class ImportOut(BaseModel):
    """One import. `counts` by outcome sum to the rows of the file; `skipped` are its title, total and blank lines."""

    import_id: str
    state: Literal["running", "done", "failed"]
    dry_run: bool
    as_of: date
    progress: ProgressOut
    counts: dict[str, int]
    columns: dict[str, str]
    skipped: dict[str, int]
    created_at: datetime
    finished_at: datetime | None


class ImportPageOut(BaseModel):
    """Imports of the caller's area, newest first."""

    imports: list[ImportOut]
    cursor: str | None


class RowIssueOut(BaseModel):
    """One thing about a row: code, how grave, at which column of the file, and what to do."""

    code: str
    severity: Literal["error", "warning", "info"]
    pointer: str | None
    message: str
    hint: str


class ImportRowOut(BaseModel):
    """What became of one line, with all its issues at once."""

    line: int
    row_key: str | None
    outcome: Outcome
    person_id: str | None
    issues: list[RowIssueOut]


class ImportRowPageOut(BaseModel):
    """A page of an import's rows by line."""

    rows: list[ImportRowOut]
    cursor: str | None


def rows_out(rows: Any) -> list[ImportRowOut]:
    """Report rows on the wire."""
    return [
        ImportRowOut(
            line=row.line,
            row_key=row.household,
            outcome=row.outcome,
            person_id=row.person_id,
            issues=[RowIssueOut.model_validate(issue) for issue in row.issues],
        )
        for row in rows
    ]
