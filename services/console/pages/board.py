"""看板: how a county stands at one look; every figure leads to its statistic, and every division to its own board."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from console import pictures
from console.asking import MONTHS, Asking, Board, answered, frozen_at
from console.door import AtDesk, Desk, settings_of
from console.figures import Missing, Table, catalogue
from console.groups import anchor_of, by_word, shown_groups
from console.headlines import FIRST, headlines
from console.months import TITLES, Kind, Month, months_over
from console.places import place_text
from console.services import Away, Refused
from console.show import shown, today
from kit.scope import covers, is_area

router = APIRouter(include_in_schema=False)
TOWNSHIP = "000"


@router.get("/board")
async def show_board(desk: AtDesk) -> Response:
    """The board of an area, now or at the end of a month."""
    area, day = area_of(desk), today(settings_of(desk.request))
    chosen, over = choice_of(desk)
    statistics = await catalogue(desk)
    takes = {(one["service"], one["name"]): set(one["asks"]) for one in statistics}
    asking = Asking(area, desk.signed.area, takes, chosen)
    asking = replace(asking, known_at=await frozen_at(desk, asking))
    told = await answered(desk, asking, over)
    ways = Ways(chosen)
    return shown(
        desk.request, "board.html", area=area, day=day, chosen=chosen, over=over[:0:-1], now=told.now,
        kind=kind_of(desk), kinds=TITLES, heads=headlines(told.now, told.before), first=FIRST,
        groups=shown_groups(told.now, told.before), by_word=by_word, drawn=_drawn(told, ways), statistics=statistics,
        crumbs=await crumbs(desk, area, ways), ways=ways,
        lists=desk.signed.may("cases:read"), parted=area.endswith(TOWNSHIP), own=desk.signed.area, to=asking.address,
    )  # fmt: skip


class Ways:
    """The way to a division's board, in the month that is looked at; villages have none below them."""

    def __init__(self, month: Month | None) -> None:
        self.month = month

    def to(self, area: str, anchor: str = "") -> str:
        """The board of an area, at one of its groups."""
        told = {"area": area, **({"month": self.month.name} if self.month else {})}
        if self.month is not None and self.month.kind != "natural":
            told["calendar"] = self.month.kind
        return f"/board?{urlencode(told)}{anchor}"

    def below(self, told: Table) -> pictures.Ways:
        """From a statistic to the divisions in it: to the group it stands in there, so that one compares."""
        return lambda code: self.to(code, anchor_of(told.name)) if code and code != told.area else None


def area_of(desk: Desk) -> str:
    """The area asked for, one's own by default. Raises Refused."""
    area = desk.request.query_params.get("area") or desk.signed.area
    if not is_area(area):
        raise Refused(400, "area-invalid", "区划代码应为 12 位数字，请从看板上的区划进入。")
    if not covers(desk.signed.area, area):
        raise Refused(403, "area-outside", "这个区划不在您的管辖范围内。")
    return area


def kind_of(desk: Desk) -> Kind:
    """By which months: of the calendar, or of business. Raises Refused."""
    asked = desk.request.query_params.get("calendar") or "natural"
    if asked not in TITLES:
        raise Refused(400, "calendar-invalid", "月份只有自然月和业务月两种，请在看板上选择。")
    return asked


def choice_of(desk: Desk) -> tuple[Month | None, list[Month]]:
    """The month asked for (None: now), and those that are over, the oldest first. Raises Refused."""
    settings, kind = settings_of(desk.request), kind_of(desk)
    over = months_over(today(settings), MONTHS + 1, kind, settings.business_month_day)
    asked = desk.request.query_params.get("month")
    if not asked:
        return None, over
    found = next((one for one in over[1:] if one.name == asked), None)
    if found is None:
        raise Refused(400, "month-invalid", f"只能查看最近 {MONTHS} 个已结束的月份。")
    return found, over


def _drawn(told: Board, ways: Ways) -> dict[str, Any]:
    """The charts by the panel they stand in; none where the statistic is missing."""
    made: dict[str, Any] = {}
    for name, one in told.now.items():
        if isinstance(one, Table) and pictures.can_draw(one):
            made[name] = pictures.picture_of(one, ways.below(one)).inline
    if isinstance(one := told.now["coverage-gap"], Table) and one.area.endswith(TOWNSHIP) and one.rows:
        made["tiles"] = pictures.by_tile(one, ways.below(one)).inline
    for name in ("coverage-gap", "wrong-coverage"):
        if isinstance(one := told.now[name], Table):
            made[f"{name}-reasons"] = pictures.by_reason(one).inline
    if not all(isinstance(one, Missing) for one in told.months.values()):
        lines = {end.isoformat(): one if isinstance(one, Table) else None for end, one in told.months.items()}
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
