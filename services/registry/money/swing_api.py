"""Entries and exits by month, and what of them stands out (E5)."""

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
from registry.coverage.rules import COVERING
from registry.coverage.tables import Coverage
from registry.desk import Desk, reads
from registry.money.swings import Code, Parameters, Period, Stretch, anomalies, before, counts, stretches
from registry.persons import merges
from registry.registers.api import subtree
from registry.settings import today
from registry.times import Asked, KnownAt, believed

router = APIRouter(tags=["exits"])
Reader = Annotated[Desk, Depends(reads("registry:read"))]
Wanted = Annotated[Month | None, Query(description="The month judged; the present one by default")]


class SwingOut(BaseModel):
    """Entries and exits of a township in a month; going over to another programme is neither."""

    area: str
    month: str
    entries: int
    exits: int


class AnomalyOut(BaseModel):
    """What stands out: `exits-surge`/`entries-surge` against the median of the months before (`baseline`);
    `mass-exit`: of a village on one day; `same-share`: villages of a township that lost the same share."""

    code: Code
    area: str
    month: str
    count: int
    baseline: float | None
    held: int | None
    per_mille: int | None
    day: date | None
    villages: list[str]


class SwingParametersOut(BaseModel):
    """By what a month stands out, as the settings say."""

    months: int
    percent: int
    least: int
    mass: int
    mass_percent: int
    villages: int


class SwingsOut(BaseModel):
    """The month judged, the months it is held against, and what stands out. It opens questions and decides nothing."""

    month: str
    parameters: SwingParametersOut
    rows: list[SwingOut]
    anomalies: list[AnomalyOut]


@router.get("/exits/anomalies", responses=problems(*REFUSALS, AreaUnknown))
def get_swings(desk: Reader, area: UnderArea = None, month: Wanted = None, known_at: KnownAt = None) -> SwingsOut:
    """Entries and exits by township and month against what is usual there, mass exits of a village on one day, and
    villages that lost the very same share, as known at a moment."""
    require(desk.session, desk.caller, area)
    meant, told = month or today(desk.settings).isoformat()[:7], _parameters(desk)
    found = _stretches(desk, subtree(area), Asked(known_at=known_at))
    shown = {*before(meant, told.months), meant}
    entries = counts(((one.area, one.start) for one in found), 9)
    exits = counts(((one.last_area, one.end) for one in found if one.end is not None), 9)
    places = sorted(of for of in {*entries, *exits} if of[1] in shown)
    return SwingsOut(
        month=meant,
        parameters=SwingParametersOut(**vars(told)),
        rows=[
            SwingOut(area=f"{of[0]}000", month=of[1], entries=entries.get(of, 0), exits=exits.get(of, 0))
            for of in places
        ],
        anomalies=[
            AnomalyOut(**{**vars(one), "villages": list(one.villages)}) for one in anomalies(found, meant, told)
        ],
    )


def _parameters(desk: Desk) -> Parameters:
    told = desk.settings
    return Parameters(
        told.swing_months,
        told.swing_percent,
        told.swing_least,
        told.mass_exits,
        told.mass_exit_percent,
        told.same_share_villages,
    )


def _stretches(desk: Desk, area: str | None, asked: Asked) -> list[Stretch]:
    """Unbroken support within the area, of merged people as one."""
    query = select(Coverage).where(
        *believed(Coverage, asked),
        within(desk.caller, col(Coverage.area)),
        col(Coverage.programme).in_(sorted(COVERING)),
    )
    if area is not None:
        query = query.where(in_part(desk.caller, col(Coverage.area), area))
    rows = desk.session.exec(query).all()
    same = merges.survivors(desk.session, sorted({row.person_id for row in rows}), asked) if rows else {}
    return stretches(Period(same.get(row.person_id, row.person_id), row.area, row.start, row.end) for row in rows)
