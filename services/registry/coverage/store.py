"""Finding coverage: what somebody holds, all of it or on a day."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.scope import within
from registry.coverage.schemas import CoverageOut, SourceOut
from registry.coverage.tables import Coverage

BULK = 500


def of_persons(session: Session, caller: Caller, person_ids: Sequence[str]) -> dict[str, list[Coverage]]:
    """Everything each person holds or held, as believed now, within the caller's area, oldest first."""
    found: dict[str, list[Coverage]] = {}
    for start in range(0, len(person_ids), BULK):
        query = select(Coverage).where(
            col(Coverage.person_id).in_(person_ids[start : start + BULK]),
            col(Coverage.superseded_at).is_(None),
            within(caller, col(Coverage.area)),
        )
        for row in session.exec(query.order_by(col(Coverage.start), col(Coverage.coverage_id))):
            found.setdefault(row.person_id, []).append(row)
    return found


def held_on(session: Session, caller: Caller, person_ids: Sequence[str], day: date) -> dict[str, list[Coverage]]:
    """What each person holds on `day`, whether or not it counts as coverage."""
    found: dict[str, list[Coverage]] = {}
    for start in range(0, len(person_ids), BULK):
        query = select(Coverage).where(
            col(Coverage.person_id).in_(person_ids[start : start + BULK]),
            col(Coverage.superseded_at).is_(None),
            col(Coverage.start) <= day,
            or_(col(Coverage.end).is_(None), col(Coverage.end) >= day),
            within(caller, col(Coverage.area)),
        )
        for row in session.exec(query.order_by(col(Coverage.start), col(Coverage.coverage_id))):
            found.setdefault(row.person_id, []).append(row)
    return found


def out(row: Coverage) -> CoverageOut:
    """A row on the wire."""
    source = None
    if row.source_import is not None and row.source_line is not None:
        source = SourceOut(import_id=row.source_import, line=row.source_line)
    return CoverageOut(
        coverage_id=row.coverage_id,
        programme=row.programme,
        form=row.form,
        start=row.start,
        end=row.end,
        household_id=row.household_id,
        household_size=row.household_size,
        covered_count=row.covered_count,
        amount_fen=row.amount_fen,
        source=source,
    )
