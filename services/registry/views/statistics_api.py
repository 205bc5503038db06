"""Figures for dashboards and for the monthly meeting: counts by division, never a person."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from kit.problems import REFUSALS, NotFound, problems
from kit.small_cells import publish
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.desk import Desk, reads
from registry.settings import today
from registry.times import AsOf, KnownAt
from registry.views.statistics_categories import CATEGORIES
from registry.views.statistics_coverage import COVERAGE
from registry.views.statistics_ground import Ground, Statistic
from registry.views.statistics_ledger import LEDGER, OUTCOMES, TIMELINESS
from registry.views.statistics_problems import StatisticOfNow
from registry.views.statistics_schemas import StatisticDescriptionOut, StatisticListOut, StatisticOut

router = APIRouter(tags=["statistics"])
Reader = Annotated[Desk, Depends(reads("statistics:read"))]
Area = Annotated[str | None, Query(pattern=r"^\d{12}$", description="12-digit code; the caller's own by default")]
STATISTICS: dict[str, Statistic] = {one.name: one for one in (LEDGER, OUTCOMES, TIMELINESS, COVERAGE, CATEGORIES)}


@router.get("/statistics", dependencies=[Depends(reads("statistics:read"))], responses=problems(*REFUSALS))
def list_statistics() -> StatisticListOut:
    """What is counted here, and how exactly."""
    return StatisticListOut(
        statistics=[
            StatisticDescriptionOut(
                name=one.name, title=one.title, definition=one.definition, columns=list(one.columns)
            )
            for one in STATISTICS.values()
        ]
    )


@router.get("/statistics/{statistic}", responses=problems(*REFUSALS, NotFound, AreaUnknown, StatisticOfNow))
def get_statistic(
    desk: Reader, statistic: str, area: Area = None, as_of: AsOf = None, known_at: KnownAt = None
) -> StatisticOut:
    """One statistic of an area, as far as it lies in the caller's: a row per division directly below it; those of
    support and categories also of another day, and as known at a moment.

    Callers below the county are not told small counts, nor what they could be reckoned from (`withheld`).
    Ask with If-None-Match: 304 while nothing has changed.
    """
    one = STATISTICS.get(statistic)
    if one is None:
        raise NotFound
    if not one.bitemporal and (as_of, known_at) != (None, None):
        raise StatisticOfNow
    require(desk.session, desk.caller, area)
    caller, day, asked = desk.caller, as_of or today(desk.settings), area or desk.caller.area
    figures = publish(
        caller.area,
        asked,
        lambda code: one.build(Ground(desk.session, caller, code, day, known_at)),
        one.columns,
        desk.settings.small_cell,
    )
    return StatisticOut(
        name=one.name,
        title=one.title,
        definition=one.definition,
        area=asked,
        as_of=day,
        known_at=known_at,
        columns=list(one.columns),
        rows=figures.rows,
        total=figures.total,
        withheld=figures.withheld,
    )
