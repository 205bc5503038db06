"""Imports of civil affairs exports and their reports."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl
from sqlmodel import Session, col, select

from registry.imports.problems import ImportRunning
from registry.imports.tables import Import, ImportRow
from registry.intake.store import Shelf

SHELF = Shelf(Import, ImportRow, ImportRunning, abandoned=timedelta(seconds=60))


def reported(session: Session, import_id: str) -> list[int]:
    """The lines already dealt with."""
    return list(session.exec(select(ImportRow.line).where(col(ImportRow.import_id) == import_id)).all())


def move_on(session: Session, row: Import, reports: Sequence[pl.DataFrame], *, done: bool = False) -> Import:
    """Store what became of further lines, and bring the import's counts and state up to it. Raises ImportRunning where
    another process took it over.

    `reports`: line, outcome, household, person_id and issues as the column keeps them.
    """
    state, phase = ("done", "done") if done else ("running", "writing")
    found = SHELF.move_on(session, row, "running", phase=phase)
    counts = dict(found.counts)
    for report in reports:
        SHELF.report(session, row, report)
        for outcome, count in report["outcome"].value_counts().iter_rows():
            counts[outcome] = counts.get(outcome, 0) + count
    return SHELF.move_on(session, row, state, counts=counts, rows_done=sum(counts.values()))
