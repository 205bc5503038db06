"""The list as a workbook: out, filled in at the village, and back; every row answered."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import StreamingResponse

from console.door import AtDesk, Desk, OfForm
from console.pages.ledger import STATES
from console.places import below
from console.services import REGISTRY
from console.show import shown

router = APIRouter(include_in_schema=False)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {"xlsx": XLSX, "xls": "application/vnd.ms-excel", "csv": "text/csv"}


@router.get("/sheets")
async def show_sheets(desk: AtDesk) -> Response:
    """Where the workbook is fetched and sent back."""
    return await _shown(desk, None, None)


async def _shown(desk: Desk, told: Mapping[str, Any] | None, why: str | None) -> Response:
    names = await desk.request.app.state.places.of(desk)
    wrong = [{**error, "line": one["line"]} for one in (told or {"results": []})["results"] for error in one["errors"]]
    return shown(
        desk.request, "sheets.html", status=422 if why else 200, told=told, why=why, wrong=wrong, states=STATES,
        areas=below(names, desk.signed.area),
    )  # fmt: skip


@router.get("/sheets/list.xlsx")
async def fetch_list(desk: AtDesk) -> Response:
    """The list as a workbook, as the registry writes it: all of it, or one village's, or of one state."""
    asked = {name: desk.request.query_params.get(name) for name in ("area", "state")}
    parts = _parts(desk, f"{REGISTRY}/cases/export.xlsx", asked)
    first = await anext(parts)  # a refusal is told as a page, before anything of the file is
    return StreamingResponse(
        _on(first, parts), media_type=XLSX, headers={"Content-Disposition": 'attachment; filename="list.xlsx"'}
    )


@router.post("/sheets")
async def take_sheet(given: OfForm) -> Response:
    """The workbook filled in: what became of each row, on a page or in the sender's own workbook."""
    desk, file = given.desk, given.file("sheet")
    kind = KINDS.get((file.filename or "").rpartition(".")[2].lower()) if file else None
    if file is None or kind is None:
        why = "请选择填好的表格（.xlsx、.xls 或 .csv）。"
        return await _shown(desk, None, why)
    marked = given.text("answer") == "workbook"
    headers = {"Content-Type": kind, **({"Accept": XLSX} if marked else {})}
    answer = await desk.services.send(desk.signed, f"{REGISTRY}/cases/outcomes", await file.read(), headers)
    if marked:
        disposition = {"Content-Disposition": 'attachment; filename="list-answered.xlsx"'}
        return Response(answer.content, media_type=XLSX, headers=disposition)
    return await _shown(desk, answer.json(), None)


async def _parts(desk: Desk, path: str, asked: Mapping[str, str | None]) -> AsyncIterator[bytes]:
    async with desk.services.stream(desk.signed, path, **asked) as answer:
        async for part in answer.aiter_bytes():
            yield part


async def _on(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part
