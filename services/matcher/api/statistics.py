"""Figures for dashboards and for the monthly meeting: counts by division, by delivery and by feed, never a person."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from kit.auth import Caller, requires
from kit.problems import NotFound, problems
from kit.small_cells import publish
from kit.web import Reading
from matcher.api.door import REFUSALS, Area
from matcher.api.schemas_figures import FiguresOut, MeasureOut, StatisticOut, StatisticsOut
from matcher.flows.count_leads import BY_SCREEN, COVERAGE_GAP, FUNNEL, RUNS_MADE, WRONG_COVERAGE
from matcher.flows.count_sources import FEEDS, LINKS
from matcher.flows.desk import Desk
from matcher.places import store as places
from matcher.statistics.figure import Statistic
from matcher.statistics.ground import Ground

router = APIRouter(tags=["statistics"])
Reader = Annotated[Caller, Depends(requires("statistics:read"))]
STATISTICS = {one.name: one for one in (COVERAGE_GAP, WRONG_COVERAGE, BY_SCREEN, FUNNEL, RUNS_MADE, FEEDS, LINKS)}


@router.get("/statistics", dependencies=[Depends(requires("statistics:read"))], responses=problems(*REFUSALS))
def list_statistics() -> StatisticsOut:
    """What is counted here, and how exactly."""
    return StatisticsOut(statistics=[_described(one) for one in STATISTICS.values()])


@router.get("/statistics/{statistic}", responses=problems(*REFUSALS, NotFound))
def get_statistic(request: Request, session: Reading, caller: Reader, statistic: str, area: Area = None) -> FiguresOut:
    """One statistic of an area (the caller's own by default), as far as it lies in the caller's: where it is counted by
    area, a row per division directly below. Callers below the county are not told small counts, nor what they could be
    reckoned from (`withheld`). Ask with If-None-Match: 304 while nothing has changed."""
    one = STATISTICS.get(statistic)
    if one is None:
        raise NotFound
    desk: Desk = request.app.state.desk
    asked, day, known = area or caller.area, desk.today(), places.frame(session)
    least = request.app.state.settings.small_cell if one.people else 1
    figures = publish(
        caller.area, asked, lambda code: one.build(Ground(session, caller, code, day, known)), one.columns, least
    )
    return FiguresOut(
        **_described(one).model_dump(),
        area=asked,
        as_of=day,
        rows=figures.rows,
        total=figures.total,
        withheld=figures.withheld,
    )


def _described(one: Statistic) -> StatisticOut:
    return StatisticOut(
        name=one.name,
        title=one.title,
        definition=one.definition,
        columns=[MeasureOut.model_validate(column) for column in one.columns],
    )
