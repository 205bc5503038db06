"""The whole ledger, narrowed as one likes."""

from fastapi import APIRouter, Response

from console.door import AtDesk, settings_of
from console.pages.today import row_of
from console.places import below
from console.services import REGISTRY
from console.show import shown, today
from console.words import CASE_STATES

router = APIRouter(include_in_schema=False)
STATES = CASE_STATES
FLAGS = ("线索撤回", "仍在发放", "审批不通过", "新情况", "期满复查", "重新打开")
ASKED = ("area", "state", "flag", "overdue", "due_before", "relapse")


@router.get("/cases")
async def show_ledger(desk: AtDesk) -> Response:
    """A page of cases."""
    told, given = settings_of(desk.request), desk.request.query_params
    asked = {name: given.get(name) or None for name in ASKED}
    page = await desk.get(f"{REGISTRY}/cases", limit=told.page_rows, cursor=given.get("cursor"), **asked)
    names = await desk.request.app.state.places.of(desk)
    mine = below(names, desk.signed.area)
    rows = [row_of(case, names, today(told)) for case in page["cases"]]
    return shown(
        desk.request, "ledger.html", rows=rows, cursor=page["cursor"], asked=asked, areas=mine, states=STATES,
        flags=FLAGS,
    )  # fmt: skip
