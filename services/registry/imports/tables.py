"""An import and its rows' report."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field

from kit.columns import Instant, Json
from registry.table import Table


class Import(Table, table=True):
    """One file taken in. The report stays; the file does not."""

    __tablename__ = "import"

    import_id: str = Field(primary_key=True, max_length=36)
    state: str = Field(max_length=12)  # running | done | failed
    phase: str = Field(max_length=12)  # reading | writing | done
    dry_run: bool
    digest: str = Field(max_length=64, index=True)
    area: str = Field(max_length=12, index=True)
    agency: str = Field(max_length=64)
    client_id: str = Field(max_length=36)
    holder: str | None = Field(default=None, max_length=64)  # the process that writes it
    as_of: date
    rows_total: int
    rows_done: int
    counts: dict[str, int] = Field(sa_type=Json)
    columns: dict[str, str] = Field(sa_type=Json)
    skipped: dict[str, int] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=Instant)
    touched_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


class ImportRow(Table, table=True):
    """What became of one line."""

    __tablename__ = "import_row"

    import_id: str = Field(primary_key=True, max_length=36, foreign_key="import.import_id")
    line: int = Field(primary_key=True)
    outcome: str = Field(max_length=12)
    household: str | None = Field(default=None, max_length=64)
    person_id: str | None = Field(default=None, max_length=36)
    issues: list[dict[str, Any]] = Field(sa_type=Json)
