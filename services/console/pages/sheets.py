"""The list as a workbook: out, filled in at the village, and back; every row answered."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from console.door import AtDesk, Desk, OfForm
from console.files import XLSX, kind_of, passed_on
from console.pages.ledger import STATES
from console.places import below
from console.services import REGISTRY, plain
from console.show import shown
from console.visits import FIELDS

router = APIRouter(include_in_schema=False)
COLUMNS = {"code": "核查结果", "how": "核查方式", "visited_on": "核查日期", "visited_by": "核查人",
           "responsible_unit": "责任单位", "responsible_person": "责任人", "measure": "措施",
           **{field.name: field.title for field in FIELDS}}  # fmt: skip


@router.get("/sheets")
async def show_sheets(desk: AtDesk) -> Response:
    """Where the workbook is fetched and sent back."""
    return await _shown(desk, None, None)


async def _shown(desk: Desk, told: Mapping[str, Any] | None, why: str | None) -> Response:
    names = await desk.request.app.state.places.of(desk)
    wrong = [
        {
            "line": one["line"],
            "cell": error["cell"],
            "column": COLUMNS.get(error["field"], ""),
            "detail": plain(error["detail"]),
        }
        for one in (told or {"results": []})["results"]
        for error in one["errors"]
    ]
    return shown(
        desk.request, "sheets.html", status=422 if why else 200, told=told, why=why, wrong=wrong, states=STATES,
        areas=below(names, desk.signed.area),
    )  # fmt: skip


@router.get("/sheets/list.xlsx")
async def fetch_list(desk: AtDesk) -> Response:
    """The list as a workbook, as the registry writes it: all of it, or one village's, or of one state."""
    given = desk.request.query_params
    return await passed_on(
        desk, f"{REGISTRY}/cases/export.xlsx", "list.xlsx", area=given.get("area"), state=given.get("state")
    )


@router.post("/sheets")
async def take_sheet(given: OfForm) -> Response:
    """The workbook filled in: what became of each row, on a page or in the sender's own workbook."""
    desk, file = given.desk, given.file("sheet")
    kind = kind_of(file.filename) if file else None
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
