"""What a second person confirms: cases whose outcomes wait, read one after the other, confirmed or sent back."""

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console.door import AtDesk, OfForm, settings_of
from console.pages.today import row_of
from console.services import REGISTRY
from console.show import shown, today

router = APIRouter(include_in_schema=False)
WAITS = "awaiting-approval"


@router.get("/approvals")
async def show_approvals(desk: AtDesk) -> Response:
    """The cases that wait, the longest first."""
    told = settings_of(desk.request)
    cursor = desk.request.query_params.get("cursor")
    page = await desk.get(f"{REGISTRY}/cases", state=WAITS, limit=told.page_rows, cursor=cursor)
    names = await desk.request.app.state.places.of(desk)
    rows = [{**row_of(case, names, today(told)), "items": case["items"]} for case in page["cases"]]
    return shown(desk.request, "approvals.html", rows=rows, cursor=page["cursor"], told=None, why=None)


@router.post("/approvals")
async def approve(given: OfForm) -> Response:
    """The chosen ones are confirmed. Whoever reported one cannot confirm it: the registry says so."""
    chosen = given.all("case")
    if not chosen:
        return shown(
            given.desk.request,
            "approvals.html",
            status=422,
            rows=[],
            cursor=None,
            told=None,
            why="请先勾选要确认的户。",
        )
    told = await given.desk.post(f"{REGISTRY}/cases/approve", {"cases": [{"case_id": one} for one in chosen]})
    return shown(given.desk.request, "approvals.html", rows=[], cursor=None, told=told, why=None)


@router.post("/approvals/{case_id}/return")
async def send_back(given: OfForm, case_id: str) -> Response:
    """Back to whoever reported it, with the reason."""
    body = {"reason": given.text("reason")}
    await given.desk.post(f"{REGISTRY}/cases/{case_id}/return", body, version=given.number("version"))
    return RedirectResponse("/approvals", 303)
