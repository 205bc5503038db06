"""What can be done with a case beside verifying it: somebody else made responsible, handed to another division, laid to
rest and taken up again, opened again, closed by hand."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console.door import AtDesk, Desk, OfForm
from console.places import place_text
from console.services import PRECONDITION, REGISTRY, Refused
from console.show import shown
from kit.scope import covers

router = APIRouter(include_in_schema=False)
WORKED_ON = ("verifying", "returned", "awaiting-approval", "in-progress")
COUNTY_DIGITS = 6
# Step → its fields in the registry's body, who may, and from which states; the registry judges.
STEPS: Mapping[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "assign": (
        ("responsible_unit", "responsible_person", "measure", "due_on"), "cases:write", (*WORKED_ON, "suspended"),
    ),
    "transfer": (("area", "reason"), "cases:write", ("awaiting-acceptance", "verifying", "returned")),
    "suspend": (("reason", "until"), "cases:write", WORKED_ON),
    "resume": ((), "cases:write", ("suspended",)),
    "reopen": (("reason",), "cases:write", ("closed", "in-progress")),
    "close": (("reason",), "cases:approve", (*WORKED_ON, "awaiting-acceptance", "suspended")),
}  # fmt: skip


def open_to(desk: Desk, case: Mapping[str, Any]) -> list[str]:
    """The steps somebody may take with a case as it stands."""
    return [name for name, (_, scope, states) in STEPS.items() if desk.signed.may(scope) and case["state"] in states]


@router.get("/cases/{case_id}/steps")
async def ask_of_step(desk: AtDesk, case_id: str) -> Response:
    """The forms of what can be done now."""
    return await _page(desk, case_id, {})


async def _page(
    desk: Desk, case_id: str, typed: Mapping[str, str], step: str = "", refused: Refused | None = None
) -> Response:
    case, names = await asyncio.gather(desk.get(f"{REGISTRY}/cases/{case_id}"), desk.request.app.state.places.of(desk))
    county = case["area"][:COUNTY_DIGITS]
    areas = {
        code: place_text(names, code) for code in sorted(names) if code.startswith(county) and code != case["area"]
    }
    return shown(
        desk.request, "case_steps.html", status=refused.status if refused else 200, case=case, typed=typed, step=step,
        steps=open_to(desk, case), refused=refused, moved=refused is not None and refused.status == PRECONDITION,
        areas=areas, whole=covers(desk.signed.area, county.ljust(12, "0")), place=place_text(names, case["area"]),
        wrong={str(one["pointer"]).strip("/"): str(one["detail"]) for one in refused.errors} if refused else {},
    )  # fmt: skip


@router.post("/cases/{case_id}/steps/{step}")
async def take_step(given: OfForm, case_id: str, step: str) -> Response:
    """One step; where it is refused the form stands as it was filled in, beside the case as it stands now."""
    if step not in STEPS:
        raise Refused(404, "not-found", "没有这个操作。")
    fields, _, _ = STEPS[step]
    typed = {name: told for name in (*fields, "code") if (told := given.text(name))}
    body = {name: typed[name] for name in fields if name in typed}
    if step == "transfer" and "code" in typed:  # of a division whose name this desk is not told
        body["area"] = typed["code"]
    path = f"{REGISTRY}/cases/{case_id}/{step}"
    try:
        case = await given.desk.post(path, body if fields else None, version=given.number("version"))
    except Refused as refused:
        return await _page(given.desk, case_id, typed, step, refused)
    if not covers(given.desk.signed.area, case["area"]):
        return shown(given.desk.request, "case_transferred.html")
    return RedirectResponse(f"/cases/{case_id}", 303)
