"""Figures for dashboards and for the monthly meeting: counts by division, never a person."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from kit.problems import REFUSALS, NotFound, problems
from kit.shapes import OwnArea
from kit.small_cells import publish
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.desk import Desk, reads
from registry.settings import today
from registry.statistics import (
    aid,
    categories,
    coverage,
    first_pay,
    ledger,
    petitions,
    slips,
    support,
    verification,
    wrong_support,
)
from registry.statistics.ground import Figures, Span, Statistic
from registry.statistics.problems import LedgerNotFrozen, PeriodUnfit, StatisticOfNow
from registry.statistics.schemas import StatisticDescriptionOut, StatisticListOut, StatisticOut
from registry.times import AsOf, KnownAt

router = APIRouter(tags=["statistics"])
Reader = Annotated[Desk, Depends(reads("statistics:read"))]
Since = Annotated[
    date | None, Query(description="First day of the period; the first of the month of `as_of` by default")
]
MOST_DAYS = 366
STATISTICS: dict[str, Statistic] = {
    one.name: one
    for one in (
        ledger.LEDGER, ledger.OUTCOMES, ledger.TIMELINESS, coverage.COVERAGE, categories.CATEGORIES, support.SUPPORT,
        verification.VERIFICATION, first_pay.FIRST_PAY, wrong_support.WRONG_SUPPORT, aid.TEMPORARY_AID,
        aid.RESERVE_FUNDS, petitions.PETITIONS, slips.SLIPS,
    )
}  # fmt: skip


@router.get("/statistics", dependencies=[Depends(reads("statistics:read"))], responses=problems(*REFUSALS))
def list_statistics() -> StatisticListOut:
    """What is counted here, and how exactly."""
    return StatisticListOut(
        statistics=[
            StatisticDescriptionOut(
                name=one.name,
                title=one.title,
                definition=one.definition,
                columns=list(one.columns),
                asks=list(one.asks),
            )
            for one in STATISTICS.values()
        ]
    )


@router.get(
    "/statistics/{statistic}",
    responses=problems(*REFUSALS, NotFound, AreaUnknown, StatisticOfNow, LedgerNotFrozen, PeriodUnfit),
)
def get_statistic(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
    desk: Reader,
    statistic: str,
    area: OwnArea = None,
    as_of: AsOf = None,
    since: Since = None,
    known_at: KnownAt = None,
) -> StatisticOut:
    """One statistic of an area, as far as it lies in the caller's: a row per division directly below it. What can be
    asked of another day, of a period and of what was known then says so in the list (`asks`); the ledger of a day that
    is past is its month's signed snapshot.

    Callers below the county are not told small counts, nor what they could be reckoned from (`withheld`).
    Ask with If-None-Match: 304 while nothing has changed.
    """
    one = STATISTICS.get(statistic)
    if one is None:
        raise NotFound
    given = {"as_of": as_of, "since": since, "known_at": known_at}
    if any(value is not None and name not in one.asks for name, value in given.items()):
        raise StatisticOfNow
    require(desk.session, desk.caller, area)
    caller, day, asked = desk.caller, as_of or today(desk.settings), area or desk.caller.area
    begins = since or day.replace(day=1)
    if not begins <= day or (day - begins).days >= MOST_DAYS:
        raise PeriodUnfit(most=MOST_DAYS)
    built: list[Figures] = []

    def build(code: str) -> Figures:
        built.append(one.build(Span(desk.session, caller, code, day, known_at, since=begins, desk=desk)))
        return built[-1]

    figures = publish(caller.area, asked, build, one.columns, desk.settings.small_cell)
    return StatisticOut(
        name=one.name,
        title=one.title,
        definition=one.definition,
        area=asked,
        as_of=day,
        since=begins if "since" in one.asks else None,
        known_at=known_at,
        columns=list(one.columns),
        rows=figures.rows,
        total=figures.total,
        withheld=figures.withheld,
        frozen=built[0].frozen,
    )
