"""Imports and their reports: starting, moving on, finding."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.bulk import insert_frame
from kit.columns import now
from kit.lease import is_gone
from kit.problems import NotFound
from kit.scope import within
from registry.imports.problems import ImportRunning
from registry.imports.tables import Import, ImportRow

_REPORT = ("line", "outcome", "household", "person_id", "issues")
# An import that has not moved for so long has lost its process, on whatever machine that ran; sending the file again
# goes on with it.
ABANDONED = timedelta(seconds=60)


def find(session: Session, caller: Caller, import_id: str) -> Import:
    """An import within the caller's area. Raises NotFound."""
    query = select(Import).where(col(Import.import_id) == import_id, within(caller, col(Import.area)))
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


def unfinished(session: Session, caller: Caller, digest: str) -> Import | None:
    """The same file's import that stopped half way, to go on with. Raises ImportRunning when it has not stopped."""
    query = select(Import).where(
        col(Import.digest) == digest, col(Import.area) == caller.area, col(Import.state) != "done"
    )
    found = session.exec(query.order_by(col(Import.created_at).desc())).first()
    if found is not None and found.state == "running" and not _abandoned(found):
        raise ImportRunning(import_id=found.import_id)
    return found


def _abandoned(row: Import) -> bool:
    return is_gone(row.holder) or row.touched_at <= now() - ABANDONED


def page(session: Session, caller: Caller, before: str | None, limit: int) -> Sequence[Import]:
    """Imports of the caller's area, newest first; ids sort by time."""
    query = select(Import).where(within(caller, col(Import.area)))
    if before is not None:
        query = query.where(col(Import.import_id) < before)
    return session.exec(query.order_by(col(Import.import_id).desc()).limit(limit)).all()


def rows(session: Session, import_id: str, outcome: str | None, after: int, limit: int) -> Sequence[ImportRow]:
    """Report rows after a line."""
    query = select(ImportRow).where(col(ImportRow.import_id) == import_id, col(ImportRow.line) > after)
    if outcome is not None:
        query = query.where(col(ImportRow.outcome) == outcome)
    return session.exec(query.order_by(col(ImportRow.line)).limit(limit)).all()


def reported(session: Session, import_id: str) -> list[int]:
    """The lines already dealt with."""
    return list(session.exec(select(ImportRow.line).where(col(ImportRow.import_id) == import_id)).all())


def move_on(session: Session, import_id: str, state: str, phase: str, reports: Sequence[pl.DataFrame] = ()) -> Import:
    """Store what became of further lines, and bring the import's counts and state up to it.

    `reports`: line, outcome, household, person_id and issues as the column keeps them.
    """
    found = session.get(Import, import_id)
    if found is None:
        raise NotFound
    counts = dict(found.counts)
    for report in reports:
        insert_frame(session, ImportRow.__table__, report.select(_REPORT), {"import_id": import_id})  # type: ignore[attr-defined]  # SQLModel's
        for outcome, count in report["outcome"].value_counts().iter_rows():
            counts[outcome] = counts.get(outcome, 0) + count
    found.counts, found.rows_done = counts, sum(counts.values())
    found.state, found.phase, found.touched_at = state, phase, now()
    if state == "done":
        found.finished_at = found.touched_at
    session.add(found)
    session.flush()
    return found
