"""看板: how a county stands at one look; every figure leads to its statistic, and every division to its own board."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from console import pictures
from console.door import AtDesk, Desk, settings_of
from console.figures import Missing, Table, Told, Wanted, ask_all, catalogue, month_ends
from console.headlines import headlines
from console.places import place_text
from console.services import Away, Refused
from console.show import shown, today
from kit.scope import covers, is_area, prefix

router = APIRouter(include_in_schema=False)
MONTHS = 12
NOW = (
    ("registry", "ledger"), ("registry", "timeliness"), ("registry", "outcomes"), ("matcher", "coverage-gap"),
    ("matcher", "wrong-coverage"), ("matcher", "funnel"), ("matcher", "runs"),
)  # fmt: skip
# Agencies deliver for a county: of a township both would say that nothing ever came.
OF_COUNTY = (("matcher", "feeds"), ("matcher", "links"))
COUNTY_DIGITS = 6
DATED = ("coverage", "categories")
TOWNSHIP = "000"


@router.get("/board")
async def show_board(desk: AtDesk) -> Response:
    """The board of an area, now or at the end of a month."""
    area, day = area_of(desk), today(settings_of(desk.request))
    ends = month_ends(day, MONTHS + 1)
    chosen = _month(desk, ends)
    at = ends.index(chosen) if chosen else len(ends)
    own = OF_COUNTY if len(prefix(desk.signed.area)) <= COUNTY_DIGITS else ()
    asked = [Wanted(service, name, area) for service, name in NOW]
    asked += [Wanted(service, name, desk.signed.area) for service, name in own]
    dated = {name: Wanted("registry", name, area, chosen) for name in DATED}
    before = {name: Wanted("registry", name, area, ends[at - 1]) for name in DATED}
    months = {end: Wanted("registry", "coverage", area, end) for end in ends[: at + 1][-MONTHS:]}
    told = await ask_all(desk, [*asked, *dated.values(), *before.values(), *months.values()])
    now = {one.name: told[one] for one in asked}
    now |= {name: told[one] for name, one in dated.items()}
    return shown(
        desk.request, "board.html", area=area, day=day, chosen=chosen, ends=ends[:0:-1], now=now,
        heads=headlines(now, {name: told[one] for name, one in before.items()}),
        drawn=_drawn(now, {end: told[one] for end, one in months.items()}, Ways(chosen)),
        statistics=await catalogue(desk), crumbs=await crumbs(desk, area, Ways(chosen)), ways=Ways(chosen),
        lists=desk.signed.may("cases:read"), parted=area.endswith(TOWNSHIP), own=desk.signed.area,
    )  # fmt: skip


class Ways:
    """The way to a division's board, in the month that is looked at; villages have none below them."""

    def __init__(self, month: date | None) -> None:
        self.month = month

    def to(self, area: str) -> str:
        """The board of an area."""
        told = {"area": area, **({"month": f"{self.month:%Y-%m}"} if self.month else {})}
        return f"/board?{urlencode(told)}"

    def below(self, here: str) -> pictures.Ways:
        """From a chart of `here` to the divisions in it."""
        return lambda code: self.to(code) if code and code != here else None


def area_of(desk: Desk) -> str:
    """The area asked for, one's own by default. Raises Refused."""
    area = desk.request.query_params.get("area") or desk.signed.area
    if not is_area(area):
        raise Refused(400, "area-invalid", "区划代码应为 12 位数字，请从看板上的区划进入。")
    if not covers(desk.signed.area, area):
        raise Refused(403, "area-outside", "这个区划不在您的管辖范围内。")
    return area


def _month(desk: Desk, ends: list[date]) -> date | None:
    """The end of the month asked for; None: now. Raises Refused."""
    asked = desk.request.query_params.get("month")
    if not asked:
        return None
    found = next((end for end in ends[1:] if f"{end:%Y-%m}" == asked), None)
    if found is None:
        raise Refused(400, "month-invalid", f"只能查看最近 {MONTHS} 个已结束的月份。")
    return found


def _drawn(now: dict[str, Told], months: dict[date, Told], ways: Ways) -> dict[str, Any]:
    """The charts by the panel they stand in; none where the statistic is missing."""
    made: dict[str, Any] = {}
    for name, one in now.items():
        if isinstance(one, Table) and pictures.can_draw(one):
            made[name] = pictures.picture_of(one, ways.below(one.area)).inline
    if isinstance(one := now["coverage-gap"], Table) and one.area.endswith(TOWNSHIP) and one.rows:
        made["tiles"] = pictures.by_tile(one, ways.below(one.area)).inline
    for name in ("coverage-gap", "wrong-coverage"):
        if isinstance(one := now[name], Table):
            made[f"{name}-reasons"] = pictures.by_reason(one).inline
    if not all(isinstance(one, Missing) for one in months.values()):
        lines = {end.isoformat(): one if isinstance(one, Table) else None for end, one in months.items()}
        made["months"] = pictures.of_months(lines).inline
    return made


async def crumbs(desk: Desk, area: str, ways: Ways) -> list[tuple[str, str]]:
    """The way from one's own area down to this one: (name, address)."""
    names = await names_of(desk)
    above = [f"{area[:width]:0<12}" for width in (0, 2, 4, 6, 9, 12)]
    codes = dict.fromkeys(code for code in above if covers(desk.signed.area, code))
    return [(names.get(code, code), ways.to(code)) for code in codes]


async def names_of(desk: Desk) -> dict[str, str]:
    """What divisions are called; codes must do where the registry does not answer."""
    try:
        known: dict[str, str] = await desk.request.app.state.places.of(desk)
    except Away:
        return {}
    return known


async def choices(desk: Desk, area: str) -> dict[str, str]:
    """The divisions to choose from: townships of one's own area, and the villages of the township looked at."""
    names, own = await names_of(desk), desk.signed.area
    inside = [code for code in sorted(names) if covers(own, code) and code != own]
    near = [code for code in inside if code.endswith(TOWNSHIP) or code[:9] == area[:9]]
    return {own: names.get(own, own), **{code: place_text(names, code) for code in near}}
