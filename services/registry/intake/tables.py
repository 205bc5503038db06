"""What every file that was taken in leaves behind: its import, and what became of its lines."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from kit.columns import Instant, Json
from registry.table import Table


class FileImport(Table):
    """One file taken in. The report stays; the file does not. `counts` by outcome sum to its lines."""

    import_id: str = Field(primary_key=True, max_length=36)
    state: str = Field(max_length=12)  # running | done | failed
    dry_run: bool
    digest: str = Field(max_length=64, index=True)
    area: str = Field(max_length=12, index=True)
    client_id: str = Field(max_length=36)
    holder: str | None = Field(default=None, max_length=64)  # the process that writes it
    fence: int = 0  # grows with every process that takes it up: a former one cannot go on
    rows_total: int
    rows_done: int
    counts: dict[str, int] = Field(sa_type=Json)
    columns: dict[str, str] = Field(sa_type=Json)
    skipped: dict[str, int] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=Instant)
    touched_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


class FileImportRow(Table):
    """What became of a line; a table of it names its import."""

    import_id: str
    line: int = Field(primary_key=True)
    outcome: str = Field(max_length=12)
    issues: list[dict[str, Any]] = Field(sa_type=Json)
