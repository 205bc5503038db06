"""The list as a workbook: out, filled in at the village, and back; every row answered."""

from fastapi import APIRouter, Response

from console.door import AtDesk, OfForm
from console.files import XLSX, as_file, kind_of
from console.services import REGISTRY
from console.show import shown

router = APIRouter(include_in_schema=False)


@router.get("/sheets")
async def show_sheets(desk: AtDesk) -> Response:
    """Where the workbook is fetched and sent back."""
    return shown(desk.request, "sheets.html", told=None, why=None)


@router.get("/sheets/list.xlsx")
async def fetch_list(desk: AtDesk) -> Response:
    """The list as a workbook, as the registry writes it."""
    return await as_file(desk, f"{REGISTRY}/cases/export.xlsx", "list.xlsx")


@router.post("/sheets")
async def take_sheet(given: OfForm) -> Response:
    """The workbook filled in: what became of each row, on a page or in the sender's own workbook."""
    desk, file = given.desk, given.file("sheet")
    kind = kind_of(file.filename) if file else None
    if file is None or kind is None:
        why = "请选择填好的表格（.xlsx、.xls 或 .csv）。"
        return shown(desk.request, "sheets.html", status=422, told=None, why=why)
    marked = given.text("answer") == "workbook"
    headers = {"Content-Type": kind, **({"Accept": XLSX} if marked else {})}
    answer = await desk.services.send(desk.signed, f"{REGISTRY}/cases/outcomes", await file.read(), headers)
    if marked:
        disposition = {"Content-Disposition": 'attachment; filename="list-answered.xlsx"'}
        return Response(answer.content, media_type=XLSX, headers=disposition)
    return shown(desk.request, "sheets.html", told=answer.json(), why=None)
