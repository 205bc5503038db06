"""Any statistic of either service as a table with its definition; as a workbook, and its chart as a file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from console import pictures
from console.asking import MONTHS, OF_COUNTY
from console.charts.png import PNG, png_of
from console.charts.svg import Picture
from console.door import AtDesk, Desk, settings_of
from console.figures import SERVICES, WITHHELD, Column, Row, Table, Told, Wanted, ask, ask_all, catalogue, ordered
from console.months import Kind, Month, months_over
from console.pages.board import Ways, area_of, choices, crumbs, kind_of, names_of
from console.places import place_text
from console.services import Refused
from console.show import day_text, shown, today
from kit import sheets_out

router = APIRouter(include_in_schema=False)
SVG = "image/svg+xml"
# Codes whose name stands beside them.
HIDDEN = frozenset({"area", "feed", "programme", "category", "code", "group", "batch_id"})


@router.get("/board/{service}/{statistic}")
async def show_statistic(desk: AtDesk, service: str, statistic: str) -> Response:
    """The table, by any of its columns."""
    table = await _asked(desk, service, statistic)
    by, down = _sorting(desk, table)
    asks = await _asks(desk, service, statistic)
    return shown(
        desk.request, "board_statistic.html", table=table, rows=ordered(table, by, down=down) if by else table.rows,
        columns=[one for one in table.columns if one.name not in HIDDEN], by=by, down=down,
        dated="as_of" in asks, spans="since" in asks, over=_over(desk, "natural")[::-1], asked=_kept(desk),
        picture=pictures.picture_of(table, _same(desk)).inline, areas=await choices(desk, table.area),
        by_area=(service, statistic) not in OF_COUNTY,
        crumbs=await crumbs(desk, table.area, Ways(None)), to=_to(desk),
    )  # fmt: skip


@router.get("/board/{service}/{statistic}/months")
async def show_months(desk: AtDesk, service: str, statistic: str) -> Response:
    """The last twelve months of a statistic that can be asked of the past: its total by month, one figure as a line."""
    if service not in SERVICES:
        raise HTTPException(404)
    asks, kind = await _asks(desk, service, statistic), kind_of(desk)
    if "as_of" not in asks:
        raise Refused(400, "statistic-of-now", "这项统计只有现时数，没有以往各月的数。")
    area = desk.signed.area if (service, statistic) in OF_COUNTY else area_of(desk)
    over = _over(desk, kind)
    asked = {one: _of_month(service, statistic, area, one, asks) for one in over}
    told = await ask_all(desk, asked.values())
    tables = {one: found if isinstance(found := told[wanted], Table) else None for one, wanted in asked.items()}
    known = next(one for one in tables.values() if one is not None)  # where all are refused, so was the page
    columns = [one for one in known.columns if one.counted and known.total and one.name in known.total]
    wanted = desk.request.query_params.get("figure")
    shown_by = next((one for one in columns if one.name == wanted), columns[0] if columns else None)
    ends = {one.until.isoformat(): table for one, table in tables.items()}
    return shown(
        desk.request, "board_months.html", table=known, tables=tables, columns=columns, figure=shown_by, kind=kind,
        picture=pictures.of_trend(shown_by.title, shown_by.name, ends).inline if shown_by else "",
        areas=await choices(desk, known.area), crumbs=await crumbs(desk, known.area, Ways(None)), to=_to(desk),
        page=f"/board/{service}/{statistic}", why=next(_why(told.values()), ""),
    )  # fmt: skip


def _why(told: Iterable[Told]) -> Iterator[str]:
    return (one.why for one in told if one.why)


def _of_month(service: str, statistic: str, area: str, month: Month, asks: set[str]) -> Wanted:
    return Wanted(service, statistic, area, month.until, month.since if "since" in asks else None)


def _over(desk: Desk, kind: Kind) -> list[Month]:
    settings = settings_of(desk.request)
    return months_over(today(settings), MONTHS, kind, settings.business_month_day)


async def _asks(desk: Desk, service: str, statistic: str) -> set[str]:
    """By what a statistic can be asked, as far as its service answers."""
    known = await catalogue(desk)
    return next((set(one["asks"]) for one in known if (one["service"], one["name"]) == (service, statistic)), set())


@router.get("/board/{service}/{statistic}/figures.xlsx")
async def fetch_workbook(desk: AtDesk, service: str, statistic: str) -> Response:
    """The same as a workbook, with its definition above it."""
    table = await _asked(desk, service, statistic)
    columns = [sheets_out.Column(_heading(one), 16, text=not one.counted) for one in table.columns]
    head = f"{table.title}　{await _place(desk, table.area)}　{table.days}　{table.stamp}"
    notes = (head, f"口径：{table.definition}",
             *((f"“{WITHHELD}”：数量太少或可由此推算，不予显示。",) if table.withheld else ()))  # fmt: skip
    content = sheets_out.book([sheets_out.Sheet(table.title, columns, _lines(table), notes)])
    return _file(content, sheets_out.XLSX, f"{table.name}-{table.area}-{table.day}.xlsx")


@router.get("/board/{service}/{statistic}/chart.svg")
async def fetch_chart(desk: AtDesk, service: str, statistic: str) -> Response:
    """Its chart as a file that can be put into a report."""
    table, picture = await _picture(desk, service, statistic)
    return _file(picture.file, SVG, f"{table.name}-{table.area}-{table.day}.svg")


@router.get("/board/{service}/{statistic}/chart.png")
async def fetch_image(desk: AtDesk, service: str, statistic: str) -> Response:
    """The same for programs that know no SVG. Raises Refused where the server has no font with Chinese characters."""
    table, picture = await _picture(desk, service, statistic)
    drawn = await run_in_threadpool(png_of, picture)
    if drawn is None:
        raise Refused(503, "font-missing", "服务器上没有中文字体，画不出 PNG。请下载 SVG，或请管理员装 Noto Sans CJK。")
    return _file(drawn, PNG, f"{table.name}-{table.area}-{table.day}.png")


async def _picture(desk: Desk, service: str, statistic: str) -> tuple[Table, Picture]:
    table = await _asked(desk, service, statistic)
    picture = pictures.picture_of(table, pictures.no_way)
    return table, replace(picture, title=f"{await _place(desk, table.area)}　{picture.title}　{day_text(table.day)}")


async def _asked(desk: Desk, service: str, statistic: str) -> Table:
    """Raises Refused, Away; HTTPException where there is no such service."""
    if service not in SERVICES:
        raise HTTPException(404)
    area = desk.signed.area if (service, statistic) in OF_COUNTY else area_of(desk)
    asked = desk.request.query_params
    days = _day(asked.get("as_of")), _day(asked.get("since"))
    return await ask(desk, Wanted(service, statistic, area, *days, asked.get("known_at") or None))


def _day(told: str | None) -> date | None:
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        raise Refused(400, "day-invalid", "日期应写成 2021-06-30。") from None


def _sorting(desk: Desk, table: Table) -> tuple[str | None, bool]:
    """By which column (none: as the service has it), and whether the largest comes first."""
    by = desk.request.query_params.get("sort")
    known = by if by in {one.name for one in table.columns} else None
    return known, desk.request.query_params.get("order") == "desc"


def _kept(desk: Desk) -> dict[str, str]:
    """What of the address goes along to another view of the same figures."""
    asked = desk.request.query_params
    return {name: asked[name] for name in ("area", "as_of", "since", "known_at") if asked.get(name)}


def _to(desk: Desk) -> Callable[..., str]:
    """The address of another view of the same figures: a file, or the table in another order."""
    here = desk.request.url.path

    def to(file: str = "", **more: str) -> str:
        told = urlencode({**_kept(desk), **more})
        return f"{here}{file}" + (f"?{told}" if told else "")

    return to


def _same(desk: Desk) -> pictures.Ways:
    """From a division in the chart to the same statistic of it."""
    here, kept = desk.request.url.path, _kept(desk)

    def way(code: str | None) -> str | None:
        return f"{here}?{urlencode({**kept, 'area': code})}" if code and code != area_of(desk) else None

    return way


async def _place(desk: Desk, area: str) -> str:
    return place_text(await names_of(desk), area)


def _lines(table: Table) -> Iterator[list[Any]]:
    for row in table.rows:
        yield [_cell(table, row, one) for one in table.columns]
    if table.total is not None:
        yield [_of_total(table, one, first=at == 0) for at, one in enumerate(table.columns)]


def _cell(table: Table, row: Row, column: Column) -> Any:
    value = row.get(column.name)
    if value is not None and column.kind == "money":
        return value / 100
    return WITHHELD if value is None and column.counted and table.is_withheld(row) else value


def _heading(column: Column) -> str:
    units = {"money": "（元）", "permille": "（‰）", "days": "（天）"}
    return column.title + units.get(column.kind, "")


def _of_total(table: Table, column: Column, *, first: bool) -> Any:
    return "合计" if first else _cell(table, table.total or {}, column)


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
