"""Figures for dashboards and for the monthly meeting: counts by division, by delivery and by feed, never a person."""

from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from kit.auth import Caller, requires
from kit.problems import NotFound, problems
from kit.shapes import UnderArea
from kit.small_cells import publish
from kit.web import Reading
from matcher.api.door import REFUSALS
from matcher.api.schemas_figures import FiguresOut, MeasureOut, StatisticOut, StatisticsOut
from matcher.flows.ask_corrections import Office, calendar_of, count_corrections
from matcher.flows.count_leads import BY_SCREEN, COVERAGE_GAP, FUNNEL, RUNS_MADE, WRONG_COVERAGE
from matcher.flows.count_screened import CARDS, DOUBLES, GROUPS
from matcher.flows.count_sources import FEEDS, LINKS, SUPPLY
from matcher.flows.desk import Desk
from matcher.places import store as places
from matcher.statistics.figure import Figures, Statistic
from matcher.statistics.ground import Ground
from matcher.statistics.problems import PeriodUnfit, StatisticOfNow

router = APIRouter(tags=["statistics"])
Reader = Annotated[Caller, Depends(requires("statistics:read"))]
AsOf = Annotated[date | None, Query(description="The day asked about, now by default")]
Since = Annotated[
    date | None, Query(description="First day of the period; the first of the month of `as_of` by default")
]
MOST_DAYS = 366
STATISTICS = {
    one.name: one
    for one in (
        COVERAGE_GAP, WRONG_COVERAGE, BY_SCREEN, FUNNEL, RUNS_MADE, FEEDS, LINKS, GROUPS, CARDS, DOUBLES, SUPPLY,
    )
}  # fmt: skip


@router.get("/statistics", dependencies=[Depends(requires("statistics:read"))], responses=problems(*REFUSALS))
def list_statistics() -> StatisticsOut:
    """What is counted here, and how exactly."""
    return StatisticsOut(statistics=[_described(one) for one in STATISTICS.values()])


@router.get("/statistics/{statistic}", responses=problems(*REFUSALS, NotFound, StatisticOfNow, PeriodUnfit))
def get_statistic(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
    request: Request,
    session: Reading,
    caller: Reader,
    statistic: str,
    area: UnderArea = None,
    as_of: AsOf = None,
    since: Since = None,
) -> FiguresOut:
    """One statistic of an area (the caller's own by default), as far as it lies in the caller's: where it is counted by
    area, a row per division directly below; of another day or period where the list says so (`asks`). Callers below the
    county are not told small counts, nor what they could be reckoned from (`withheld`). Ask with If-None-Match: 304
    while nothing has changed."""
    one = STATISTICS.get(statistic)
    if one is None:
        raise NotFound
    if any(value is not None and name not in one.asks for name, value in (("as_of", as_of), ("since", since))):
        raise StatisticOfNow
    desk: Desk = request.app.state.desk
    asked, day, known = area or caller.area, as_of or desk.today(), places.frame(session)
    begins = since or day.replace(day=1)
    if not begins <= day or (day - begins).days >= MOST_DAYS:
        raise PeriodUnfit(most=MOST_DAYS)
    least = request.app.state.settings.small_cell if one.people else 1
    office = Office(session, desk.files, desk.ring.macs, calendar_of(desk.settings), desk.today())

    def build(code: str) -> Figures:
        corrections = partial(count_corrections, office)
        return one.build(Ground(session, caller, code, day, known, begins, corrections))

    figures = publish(caller.area, asked, build, one.columns, least)
    return FiguresOut(
        **_described(one).model_dump(),
        area=asked,
        as_of=day,
        since=begins if "since" in one.asks else None,
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
        asks=list(one.asks),
    )
