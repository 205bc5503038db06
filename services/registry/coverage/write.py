"""Writing coverage by hand, version upon version: nothing is overwritten."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from kit.columns import new_id, now
from registry.coverage.amounts import month_end
from registry.coverage.problems import CoverageOverlaps, CoverageUnfit
from registry.coverage.rules import EXCLUSIVE, meet
from registry.coverage.store import pauses
from registry.coverage.tables import Coverage, Suspension
from registry.coverage.write_schemas import misfit
from registry.persons.merges import owners, resolve

_ALWAYS_NEW = {"row_id", "version", "recorded_at", "superseded_at", "source_import", "source_line"}


def columns_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as the wire has them → columns: whole months, grounds by commas."""
    columns = dict(values)
    if columns.get("start") is not None:
        columns["start"] = columns["start"].replace(day=1)
    if columns.get("end") is not None:
        columns["end"] = month_end(columns["end"])
    if "uplift_grounds" in columns:
        columns["uplift_grounds"] = ",".join(sorted(set(columns["uplift_grounds"] or ()))) or None
    return columns


def enter(session: Session, person_id: str, area: str, values: Mapping[str, Any]) -> Coverage:
    """A new period. Raises CoverageUnfit, CoverageOverlaps."""
    row = Coverage(
        **columns_of(values),
        row_id=new_id(),
        coverage_id=new_id(),
        person_id=person_id,
        area=area,
        recorded_at=now(),
    )
    _check(session, row)
    session.add(row)
    session.flush()
    return row


def restate(session: Session, present: Coverage, values: Mapping[str, Any]) -> Coverage:
    """The period said anew with these values. Raises CoverageUnfit, CoverageOverlaps."""
    at = now()
    row = Coverage(
        **present.model_dump(exclude=_ALWAYS_NEW) | columns_of(values),
        row_id=new_id(),
        version=present.version + 1,
        recorded_at=at,
    )
    _check(session, row, present)
    _supersede(session, present, at)
    session.add(row)
    session.flush()
    return row


def suspend(session: Session, present: Coverage, days: tuple[date, date | None], reason: str) -> Coverage:
    """No payment on these days. Raises CoverageUnfit where the period does not run then or is suspended already."""
    if not (present.start <= days[0] <= (present.end or date.max)) or (days[1] is not None and days[1] < days[0]):
        raise CoverageUnfit(reason="停发须在保障期内开始，且止不早于起")
    if any(meet(days, (one.start, one.end)) for one in _pauses(session, present)):
        raise CoverageUnfit(reason="这段时间已经停发")
    session.add(_pause(present, days, reason))
    return restate(session, present, {})


def resume(session: Session, present: Coverage, on: date) -> Coverage:
    """Payment again from that day on. Raises CoverageUnfit where it was not suspended by then."""
    found = [one for one in _pauses(session, present) if one.start < on and (one.end is None or on <= one.end)]
    if not found:
        raise CoverageUnfit(reason="该日没有已开始的停发可恢复")
    at = now()
    found[0].superseded_at = at
    session.add(found[0])
    again = _pause(present, (found[0].start, on - timedelta(days=1)), found[0].reason)
    again.suspension_id = found[0].suspension_id
    session.add(again)
    return restate(session, present, {})


def companions(session: Session, present: Coverage, on: date) -> Sequence[Coverage]:
    """The periods of the same household and programme that run that day, but this one."""
    if present.household_id is None:
        return []
    query = select(Coverage).where(
        col(Coverage.household_id) == present.household_id,
        col(Coverage.programme) == present.programme,
        col(Coverage.coverage_id) != present.coverage_id,
        col(Coverage.area) == present.area,
        col(Coverage.superseded_at).is_(None),
        col(Coverage.start) <= on,
    )
    rows = session.exec(query.order_by(col(Coverage.coverage_id))).all()
    return [row for row in rows if row.end is None or row.end >= on]


def _pauses(session: Session, present: Coverage) -> Sequence[Suspension]:
    return pauses(session, [present.coverage_id]).get(present.coverage_id, ())


def _pause(present: Coverage, days: tuple[date, date | None], reason: str) -> Suspension:
    return Suspension(
        row_id=new_id(),
        suspension_id=new_id(),
        coverage_id=present.coverage_id,
        start=days[0],
        end=days[1],
        reason=reason,
        recorded_at=now(),
    )


def _supersede(session: Session, row: Coverage, at: datetime) -> None:
    session.execute(update(Coverage).where(col(Coverage.row_id) == row.row_id).values(superseded_at=at))


def _check(session: Session, row: Coverage, present: Coverage | None = None) -> None:
    """One exclusive programme at a time, no period twice, and terms that go together. What an export got wrong before
    is no reason to refuse to end or to correct something else of it.

    Without the caller's scope: who is supported next door cannot be supported here besides; nothing of it is told.
    """
    reason = misfit(row.model_dump())
    if reason is not None and (present is None or reason != misfit(present.model_dump())):
        raise CoverageUnfit(reason=reason)
    if present is not None and _claims_no_more(row, present):
        return
    query = select(Coverage).where(
        col(Coverage.person_id).in_(list(owners(session, [resolve(session, row.person_id)]))),
        col(Coverage.superseded_at).is_(None),
        col(Coverage.coverage_id) != row.coverage_id,
    )
    for other in session.exec(query.order_by(col(Coverage.coverage_id))):
        same = (other.programme, other.start) == (row.programme, row.start)
        both = {other.programme, row.programme} <= EXCLUSIVE
        if same or (both and meet((row.start, row.end), (other.start, other.end))):
            raise CoverageOverlaps


def _claims_no_more(row: Coverage, present: Coverage) -> bool:
    """Whether every day of the row is one of the present's, of the same person and programme."""
    same = (row.person_id, row.programme, row.start) == (present.person_id, present.programme, present.start)
    return same and (row.end or date.max) <= (present.end or date.max)
