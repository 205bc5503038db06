"""The whole ledger, narrowed as one likes; and the sheet one walks with, village by village."""

from collections import defaultdict
from typing import Any

from fastapi import APIRouter, Response

from console.door import AtDesk, settings_of
from console.pages.today import row_of
from console.places import below, place_text
from console.services import REGISTRY
from console.show import shown, today
from console.words import CASE_STATES

router = APIRouter(include_in_schema=False)
STATES = CASE_STATES
FLAGS = ("线索撤回", "仍在发放", "审批不通过", "新情况", "期满复查", "重新打开")
ASKED = ("area", "state", "flag", "overdue", "due_before", "relapse")
MINE = 500  # cases on one walk: more are taken in two


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


@router.get("/walk")
async def show_walk(desk: AtDesk) -> Response:
    """Whom to visit, by village and group, as it is printed: what was taken over, and is not yet answered."""
    page = await desk.get(f"{REGISTRY}/cases/mine", limit=MINE, area=desk.request.query_params.get("area"))
    names = await desk.request.app.state.places.of(desk)
    villages: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in page["cases"]:
        people = [one for one in case["people"] if one["standing"] in {"pending", "revisit"}]
        villages[place_text(names, case["area"])] += [{**one, "due": case["due_on"]} for one in people]
    sorted_ = {
        place: sorted(people, key=lambda one: (one["group"] or "", one["name"] or ""))
        for place, people in sorted(villages.items())
        if people
    }
    return shown(desk.request, "walk.html", villages=sorted_, day=today(settings_of(desk.request)), more=page["cursor"])
