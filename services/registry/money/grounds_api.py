"""Who is supported why: persons by programme and cause, by area and month, on a day and as known at a moment (E11)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from sqlmodel import col, select

from kit.problems import REFUSALS, problems
from kit.scope import in_part, within
from kit.shapes import Month, UnderArea
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.coverage.amounts import month_end
from registry.coverage.codes import GROUNDS
from registry.coverage.rules import holds
from registry.coverage.store import days_of, pauses
from registry.coverage.tables import Coverage
from registry.desk import Desk, reads
from registry.money.reserve import months_between
from registry.payments.problems import MonthsUnordered
from registry.persons import merges
from registry.registers import store
from registry.registers.api import subtree
from registry.registers.placing import Clerk
from registry.registers.telling import contents
from registry.settings import today
from registry.times import Asked, AsOf, KnownAt, believed

router = APIRouter(tags=["coverage"])
Reader = Annotated[Desk, Depends(reads("registry:read", "registers:read"))]
From = Annotated[Month | None, Query(alias="from", description="First month; the last one by default")]
To = Annotated[Month | None, Query(alias="to", description="Last month; that of today by default")]
AID, UNSAID = "temporary-aid", "unsaid"


class GroundRowOut(BaseModel):
    """One township's month, programme and cause (`unsaid` where none is recorded). `covered`: persons on the month's
    last day (of the month of `as_of`: that day), suspended ones not counted; `began`: persons whose period began in it;
    `aids` and `aid_fen`: temporary aid given in it, by the register."""

    area: str
    month: str
    programme: str
    ground: str
    ground_name: str
    covered: int
    began: int
    aids: int
    aid_fen: int


class GroundTotalOut(BaseModel):
    """All townships together; persons who stand in several are counted once."""

    month: str
    programme: str
    ground: str
    covered: int
    began: int
    aids: int
    aid_fen: int


class GroundsOut(BaseModel):
    """Counts by township, month, programme and cause, as known at the moment; no names."""

    rows: list[GroundRowOut]
    totals: list[GroundTotalOut]


Of = tuple[str, str, str]  # month, programme, ground


class _Count:
    """What one cell counts, by area: persons are sets, so that nobody counts twice."""

    def __init__(self) -> None:
        self.covered: set[str] = set()
        self.began: set[str] = set()
        self.aids = 0
        self.aid_fen = 0


@router.get("/coverage-grounds", responses=problems(*REFUSALS, AreaUnknown, MonthsUnordered))
def get_coverage_grounds(  # noqa: PLR0913, PLR0917 - the parameters of the call
    desk: Reader,
    area: UnderArea = None,
    first: From = None,
    last: To = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> GroundsOut:
    """Persons by programme and cause (因病, 因灾, 因疫 …) and township, month by month, as known at a moment; with the
    temporary aid given for that cause."""
    require(desk.session, desk.caller, area)
    day, asked = as_of or today(desk.settings), Asked(known_at=known_at)
    until = last or day.isoformat()[:7]
    since = first or until
    if since > until:
        raise MonthsUnordered
    months = list(months_between(since, until))
    cells: dict[tuple[str, Of], _Count] = defaultdict(_Count)
    whole: dict[Of, _Count] = defaultdict(_Count)
    for place, of, person, kind in _support(desk, subtree(area), asked, [(one, _day(one, day)) for one in months]):
        for cell in (cells[place, of], whole[of]):
            getattr(cell, kind).add(person)
    for place, of, fen in _aids(desk, subtree(area), asked, set(months)):
        for cell in (cells[place, of], whole[of]):
            cell.aids += 1
            cell.aid_fen += fen
    return GroundsOut(
        rows=[
            GroundRowOut(area=place, ground_name=_name(of[2]), **_told(of, cell))
            for (place, of), cell in sorted(cells.items(), key=lambda one: one[0])
        ],
        totals=[GroundTotalOut(**_told(of, cell)) for of, cell in sorted(whole.items(), key=lambda one: one[0])],
    )


def _told(of: Of, cell: _Count) -> dict[str, str | int]:
    return {
        "month": of[0], "programme": of[1], "ground": of[2], "covered": len(cell.covered), "began": len(cell.began),
        "aids": cell.aids, "aid_fen": cell.aid_fen,
    }  # fmt: skip


def _name(ground: str) -> str:
    return GROUNDS[ground][0] if ground in GROUNDS else "未填写"


def _day(month: str, day: date) -> date:
    """The day a month is told of: its last, of that of the day asked about that day."""
    last = month_end(date.fromisoformat(f"{month}-01"))
    return day if month == day.isoformat()[:7] else last


def _support(
    desk: Desk, area: str | None, asked: Asked, days: list[tuple[str, date]]
) -> Iterator[tuple[str, Of, str, str]]:
    """(township, cell, person, covered or began) of every period that has to do with these months."""
    query = select(Coverage).where(*believed(Coverage, asked), within(desk.caller, col(Coverage.area)))
    if area is not None:
        query = query.where(in_part(desk.caller, col(Coverage.area), area))
    rows = desk.session.exec(query).all()
    same = merges.survivors(desk.session, sorted({row.person_id for row in rows}), asked) if rows else {}
    paused = pauses(desk.session, [row.coverage_id for row in rows], asked)
    for row in rows:
        place, person = f"{row.area[:9]}000", same.get(row.person_id, row.person_id)
        stops = days_of(paused.get(row.coverage_id, ()))
        for month, day in days:
            of = (month, row.programme, row.ground or UNSAID)
            if holds((row.start, row.end), day) and not any(holds(stop, day) for stop in stops):
                yield place, of, person, "covered"
            if row.start.isoformat()[:7] == month:
                yield place, of, person, "began"


def _aids(desk: Desk, area: str | None, asked: Asked, months: set[str]) -> Iterator[tuple[str, Of, int]]:
    """(township, cell, fen) of every temporary aid given in these months."""
    clerk = Clerk.of(desk)
    for row, content in contents(clerk, store.live(clerk, AID, area, asked)):
        month = (content.values.get("aided_at") or "")[:7]
        if month in months:
            yield f"{row.area[:9]}000", (month, AID, content.values["cause"]), content.values["amount"]
