"""Imports of files and their reports: finding, going on with, moving on. Every query carries the caller's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

import polars as pl
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.bulk import insert_frame
from kit.columns import now
from kit.lease import is_gone
from kit.problems import NotFound, Problem
from kit.scope import within
from registry.intake.tables import FileImport, FileImportRow

One = TypeVar("One", bound=FileImport)
Line = TypeVar("Line", bound=FileImportRow)


@dataclass
class Shelf(Generic[One, Line]):
    """The imports of one kind of file. One that has not moved for as long as `abandoned` says has lost its process, on
    whatever machine that ran; sending the file again goes on with it. `running` is told of one under way."""

    imports: type[One]
    lines: type[Line]
    running: type[Problem]
    abandoned: timedelta

    def find(self, session: Session, caller: Caller, import_id: str) -> One:
        """An import within the caller's area. Raises NotFound."""
        mine = (col(self.imports.import_id) == import_id, within(caller, col(self.imports.area)))
        found = session.exec(select(self.imports).where(*mine)).first()
        if found is None:
            raise NotFound
        return found

    def page(self, session: Session, caller: Caller, before: str | None, limit: int) -> Sequence[One]:
        """Imports of the caller's area, newest first; ids sort by time."""
        query = select(self.imports).where(within(caller, col(self.imports.area)))
        if before is not None:
            query = query.where(col(self.imports.import_id) < before)
        return session.exec(query.order_by(col(self.imports.import_id).desc()).limit(limit)).all()

    def rows(self, session: Session, import_id: str, outcome: str | None, after: int, limit: int) -> Sequence[Line]:
        """Report rows after a line."""
        query = select(self.lines).where(col(self.lines.import_id) == import_id, col(self.lines.line) > after)
        if outcome is not None:
            query = query.where(col(self.lines.outcome) == outcome)
        return session.exec(query.order_by(col(self.lines.line)).limit(limit)).all()

    def unfinished(self, session: Session, caller: Caller, digest: str) -> One | None:
        """The same file's import that stopped half way, to go on with. Raises `running` when it has not stopped."""
        query = select(self.imports).where(
            col(self.imports.digest) == digest,
            col(self.imports.area) == caller.area,
            col(self.imports.state) != "done",
            col(self.imports.dry_run).is_(False),
        )
        found = session.exec(query.order_by(col(self.imports.created_at).desc())).first()
        if found is not None and found.state == "running" and not self.gone(found):
            raise self.running(import_id=found.import_id)
        return found

    def gone(self, row: One) -> bool:
        """Whether one that says it is running has lost its process."""
        return is_gone(row.holder) or row.touched_at <= now() - self.abandoned

    def report(self, session: Session, row: One, report: pl.DataFrame) -> None:
        """Store what became of lines: the columns of the table, issues as it keeps them (`issues.explained`)."""
        table: Any = self.lines.__table__  # type: ignore[attr-defined]  # SQLModel's
        names = [column.name for column in table.columns if column.name != "import_id"]
        insert_frame(session, table, report.select(names), {"import_id": row.import_id})

    def move_on(self, session: Session, row: One, state: str, **values: Any) -> One:
        """Bring an import's state and figures up to date. Raises `running` where another process took it over."""
        found = self.held(session, row)
        if found is None:
            raise self.running(import_id=row.import_id)
        for name, value in {**values, "state": state, "touched_at": now()}.items():
            setattr(found, name, value)
        if state == "done":
            found.finished_at = found.touched_at
        session.add(found)
        session.flush()
        return found

    def fail(self, session: Session, row: One) -> None:
        """It stopped half way; the same file again goes on with it."""
        if self.held(session, row) is not None:
            self.move_on(session, row, "failed")

    def held(self, session: Session, row: One) -> One | None:
        """The import as it stands, unless another process took it over."""
        found = session.get(self.imports, row.import_id)
        return found if found is not None and (found.state, found.fence) == ("running", row.fence) else None
