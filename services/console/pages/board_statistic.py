"""Any statistic of either service as a table with its definition; as a workbook, and its chart as a file."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from console import pictures
from console.door import AtDesk, Desk, settings_of
from console.figures import DATED, SERVICES, WITHHELD, Column, Row, Table, Wanted, ask, month_ends, ordered
from console.pages.board import MONTHS, OF_COUNTY, Ways, area_of, choices, crumbs, names_of
from console.places import place_text
from console.services import Refused
from console.show import day_text, shown, today
from kit import sheets_out

router = APIRouter(include_in_schema=False)
SVG = "image/svg+xml"
HIDDEN = frozenset({"area", "feed", "programme", "category", "code", "batch_id"})  # codes whose name stands beside them


@router.get("/board/{service}/{statistic}")
async def show_statistic(desk: AtDesk, service: str, statistic: str) -> Response:
    """The table, by any of its columns."""
    table = await _asked(desk, service, statistic)
    by, down = _sorting(desk, table)
    day = today(settings_of(desk.request))
    return shown(
        desk.request, "board_statistic.html", table=table, rows=ordered(table, by, down=down) if by else table.rows,
        columns=[one for one in table.columns if one.name not in HIDDEN], by=by, down=down,
        dated=(service, statistic) in DATED, ends=month_ends(day, MONTHS)[::-1], asked=_kept(desk),
        picture=pictures.picture_of(table, _same(desk)).inline, areas=await choices(desk, table.area),
        by_area=(service, statistic) not in OF_COUNTY,
        crumbs=await crumbs(desk, table.area, Ways(None)), to=_to(desk),
    )  # fmt: skip


@router.get("/board/{service}/{statistic}/figures.xlsx")
async def fetch_workbook(desk: AtDesk, service: str, statistic: str) -> Response:
    """The same as a workbook, with its definition above it."""
    table = await _asked(desk, service, statistic)
    columns = [sheets_out.Column(one.title, 16, text=not one.counted) for one in table.columns]
    notes = (f"{table.title}　{await _place(desk, table.area)}　统计日 {table.day}", f"口径：{table.definition}",
             *((f"“{WITHHELD}”：数量太少或可由此推算，不予显示。",) if table.withheld else ()))  # fmt: skip
    content = sheets_out.book([sheets_out.Sheet(table.title, columns, _lines(table), notes)])
    return _file(content, sheets_out.XLSX, f"{table.name}-{table.area}-{table.day}.xlsx")


@router.get("/board/{service}/{statistic}/chart.svg")
async def fetch_chart(desk: AtDesk, service: str, statistic: str) -> Response:
    """Its chart as a file that can be put into a report."""
    table = await _asked(desk, service, statistic)
    picture = pictures.picture_of(table, pictures.no_way)
    titled = replace(picture, title=f"{await _place(desk, table.area)}　{picture.title}　{day_text(table.day)}")
    return _file(titled.file, SVG, f"{table.name}-{table.area}-{table.day}.svg")


async def _asked(desk: Desk, service: str, statistic: str) -> Table:
    """Raises Refused, Away; HTTPException where there is no such service."""
    if service not in SERVICES:
        raise HTTPException(404)
    area = desk.signed.area if (service, statistic) in OF_COUNTY else area_of(desk)
    return await ask(desk, Wanted(service, statistic, area, _day(desk.request.query_params.get("as_of"))))


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
    return {name: asked[name] for name in ("area", "as_of") if asked.get(name)}


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
    return WITHHELD if value is None and column.counted and table.is_withheld(row) else value


def _of_total(table: Table, column: Column, *, first: bool) -> Any:
    return "合计" if first else _cell(table, table.total or {}, column)


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
