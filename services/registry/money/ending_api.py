"""Ending support by hand, and correcting it so that it ends: nobody who cannot work leaves unassessed (E4)."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from sqlmodel import col, select

from china.masks import mask_name
from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, problems
from kit.scope import in_part, within
from kit.shapes import Month, UnderArea
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.coverage import write
from registry.coverage.amounts import month_end, months_later
from registry.coverage.entry_api import ALTERING, Writer, done, to_alter, written
from registry.coverage.problems import CoverageUnfit
from registry.coverage.rules import COVERING, EXCLUSIVE, holds
from registry.coverage.tables import Coverage
from registry.coverage.write_schemas import CoverageEndIn, CoveragePatchIn, CoverageWrittenOut
from registry.desk import Desk, IfMatch, writes
from registry.households import store as households
from registry.payments.problems import MonthsUnordered
from registry.persons import protections
from registry.persons.protections import SHIELD
from registry.persons.tables import PersonVersion
from registry.registers.api import subtree
from registry.registers.exits import ExitUnassessed, assessments, exit_of
from registry.settings import today
from registry.table import IdempotentRoute
from registry.times import NOW, believed, standing

router = APIRouter(tags=["coverage"], route_class=IdempotentRoute)
Reader = Annotated[Desk, Depends(writes("registry:read", "registers:read"))]
From = Annotated[Month | None, Query(alias="from", description="Ended in this month or later; a year back by default")]
To = Annotated[Month | None, Query(alias="to", description="Ended in this month or earlier; the present by default")]
BULK = 500


@router.patch("/coverage/{coverage_id}", responses=problems(*ALTERING, ExitUnassessed))
def correct_coverage(
    desk: Writer, coverage_id: str, body: CoveragePatchIn, if_match: IfMatch = None
) -> CoverageWrittenOut:
    """Correct a period recorded wrongly; what was believed stays on record. If-Match names the version seen. Where it
    comes to end, or to end earlier, the same assessment is asked for as to end it."""
    present = to_alter(desk, coverage_id, if_match)
    values = body.model_dump(exclude_unset=True)
    if values.get("household_id") is not None:
        households.find(desk.session, desk.caller, values["household_id"])
    end = values.get("end")
    if end is not None and (present.end is None or month_end(end) < present.end):
        _assessed(desk, [present], month_end(end), values.get("end_reason", present.end_reason))
    return written(desk, write.restate(desk.session, present, values), "correct", [], fields=sorted(values))


@router.post("/coverage/{coverage_id}/end", responses=problems(*ALTERING, ExitUnassessed))
def end_coverage(desk: Writer, coverage_id: str, body: CoverageEndIn, if_match: IfMatch = None) -> CoverageWrittenOut:
    """End a period with the month of a day, and say why. Of whoever lost the ability to work, in whole or in part, a
    risk assessment must be on record; not of the dead, nor where another programme takes over."""

    def each(row: Coverage) -> Coverage:
        if row.end is not None and row.end < body.on:
            raise CoverageUnfit(reason="保障已在此前停止；停保年月有误的用更正")
        return write.restate(desk.session, row, {"end": body.on, "end_reason": body.reason})

    present = to_alter(desk, coverage_id, if_match)
    others = write.companions(desk.session, present, body.day) if body.whole_household else []
    _assessed(desk, [present, *others], month_end(body.on), body.reason)
    return done(desk, present, body, "end", each)


def _assessed(desk: Desk, rows: Sequence[Coverage], end: date, reason: str | None) -> None:
    """Raises ExitUnassessed naming the periods without an assessment."""
    days = desk.settings.exit_assessment_days
    known = assessments(desk.session, desk.ring, desk.caller, [row.person_id for row in rows], days)
    lacking = [row.coverage_id for row in rows if known.lacking(exit_of(row, end, reason))]
    if lacking:
        raise ExitUnassessed(days=days, coverage="、".join(lacking))


class UnassessedExitOut(BaseModel):
    """A period that ended without an assessment; the name is masked."""

    coverage_id: str
    person_id: str
    name: str
    area: str
    programme: str
    labour: str
    ended_on: date
    end_reason: str | None


class UnassessedExitsOut(BaseModel):
    """Exits of people who cannot work, or only in part, without a valid assessment, in order of area."""

    items: list[UnassessedExitOut]
    cursor: str | None


@router.get("/exits/unassessed", responses=problems(*REFUSALS, CursorInvalid, AreaUnknown, MonthsUnordered))
def list_unassessed_exits(
    desk: Reader, page: Paged, area: UnderArea = None, first: From = None, last: To = None
) -> UnassessedExitsOut:
    """Who left support without being able to work and without an assessment: what imports ended stands here until it
    is assessed after all, or the end is corrected."""
    require(desk.session, desk.caller, area)
    day = today(desk.settings)
    since = date.fromisoformat(f"{first}-01") if first else months_later(day, -12)
    until = month_end(date.fromisoformat(f"{last}-01")) if last else month_end(day)
    if since > until:
        raise MonthsUnordered
    rows = _ended(desk, subtree(area), (since, until))
    after = page.after("unassessed", ["", ""])
    part = [row for row in _lacking(desk, rows) if [row.area, row.coverage_id] > after][: page.limit]
    names = _names(desk, sorted({row.person_id for row in part}))
    hidden = protections.hidden(desk.session, desk.caller, set(names))
    note(desk.session, desk.ring, desk.caller, "coverage.unassessed", None, persons=sorted(names))
    last_key = [part[-1].area, part[-1].coverage_id] if part else None
    items = [_out(row, names.get(row.person_id), hidden) for row in part]
    return UnassessedExitsOut(items=items, cursor=page.onwards("unassessed", last_key, full=len(part) == page.limit))


def _out(row: Coverage, name: str | None, hidden: set[str]) -> UnassessedExitOut:
    assert row.end is not None
    return UnassessedExitOut(
        coverage_id=row.coverage_id,
        person_id=row.person_id,
        name=SHIELD if row.person_id in hidden else mask_name(name) or "",
        area=row.area,
        programme=row.programme,
        labour=exit_of(row, row.end, None).labour or "assessed",
        ended_on=row.end,
        end_reason=row.end_reason,
    )


def _ended(desk: Desk, area: str | None, days: tuple[date, date]) -> Sequence[Coverage]:
    """Covering periods that ended within these days, of whoever is not supported in the month after."""
    query = select(Coverage).where(
        *believed(Coverage, NOW),
        within(desk.caller, col(Coverage.area)),
        col(Coverage.programme).in_(sorted(COVERING)),
        col(Coverage.end) >= days[0],
        col(Coverage.end) <= days[1],
    )
    if area is not None:
        query = query.where(in_part(desk.caller, col(Coverage.area), area))
    rows = desk.session.exec(query.order_by(col(Coverage.area), col(Coverage.coverage_id))).all()
    goes_on = _going_on(desk, {row.person_id for row in rows})
    return [
        row
        for row in rows
        if row.end is not None and not any(holds(one, months_later(row.end, 1)) for one in goes_on[row.person_id])
    ]


def _going_on(desk: Desk, people: Iterable[str]) -> dict[str, list[tuple[date, date | None]]]:
    """The days each of them holds any programme that replaces another."""
    ids, found = sorted(people), dict[str, list[tuple[date, date | None]]]()
    for start in range(0, len(ids), BULK):
        part = ids[start : start + BULK]
        query = select(Coverage).where(
            col(Coverage.person_id).in_(part),
            *believed(Coverage, NOW),
            within(desk.caller, col(Coverage.area)),
            col(Coverage.programme).in_(sorted(EXCLUSIVE)),
        )
        for row in desk.session.exec(query):
            found.setdefault(row.person_id, []).append((row.start, row.end))
    return found


def _lacking(desk: Desk, rows: Sequence[Coverage]) -> list[Coverage]:
    people = [row.person_id for row in rows]
    known = assessments(desk.session, desk.ring, desk.caller, people, desk.settings.exit_assessment_days)
    return [
        row for row in rows if row.end is not None and known.lacking(exit_of(row, row.end, row.end_reason), late=True)
    ]


def _names(desk: Desk, ids: Sequence[str]) -> dict[str, str]:
    """Their names, as far as they are the caller's."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), BULK):
        query = select(PersonVersion.person_id, PersonVersion.name).where(
            col(PersonVersion.person_id).in_(ids[start : start + BULK]),
            *standing(PersonVersion, NOW),
            within(desk.caller, col(PersonVersion.area)),
        )
        found.update(desk.session.exec(query).all())
    return found
