"""Screens that would list more of a township than it can walk: held until the county lets them list, at once or a few
households a week, or leaves them out."""

import asyncio
import math
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console.door import AtDesk, Desk, OfForm
from console.places import place_text
from console.services import MATCHER, Refused
from console.show import shown

router = APIRouter(include_in_schema=False)
NOTHING: Mapping[str, Any] = {"hold": [], "decision": "", "reason": "", "pace": ""}
DECIDED = {"confirmed": "已放行", "refused": "不列入"}


@router.get("/screens/holds")
async def show_holds(desk: AtDesk) -> Response:
    """Those that wait first, then what was decided."""
    return await _page(desk)


async def _page(
    desk: Desk, why: str | None = None, typed: Mapping[str, Any] | None = None, status: int = 200
) -> Response:
    told, paces, names = await asyncio.gather(
        desk.get(f"{MATCHER}/screen-holds"), desk.get(f"{MATCHER}/paces"), desk.request.app.state.places.of(desk)
    )
    paced = {one["area"]: one["households_per_week"] for one in paces["paces"]}
    holds = [{**one, "new": one["found"] - one["listed"], **_weeks(one, paced)} for one in told["holds"]]
    return shown(
        desk.request, "screen_holds.html", status=status, why=why, typed=typed or NOTHING, decided_words=DECIDED,
        held=[one for one in holds if one["state"] == "held"], names=names, place_text=place_text,
        decided=[one for one in holds if one["state"] != "held"],
    )  # fmt: skip


def _weeks(hold: dict[str, Any], paced: dict[str, int]) -> dict[str, Any]:
    """At which pace the township goes (its own, else its county's), and about how many weeks the new ones take."""
    pace = paced.get(hold["area"]) or paced.get(hold["area"][:6] + "000000")
    return {"pace": pace, "weeks": math.ceil(max(hold["found"] - hold["listed"], 0) / pace) if pace else None}


@router.post("/screens/holds")
async def decide(given: OfForm) -> Response:
    """Those chosen: all at once, in waves, or not at all; the reason is kept with each."""
    desk, chosen, reason, pace = given.desk, given.text("decision"), given.text("reason"), given.text("pace")
    typed = {"hold": given.all("hold"), "reason": reason or "", "pace": pace or "", "decision": chosen}
    if not typed["hold"]:
        return await _page(desk, "请先勾选要处理的筛查。", typed, 422)
    if chosen not in {"at-once", "waves", "refused"} or not reason:
        return await _page(desk, "请选择怎样处理，并写明理由。", typed, 422)
    if chosen == "waves" and not given.number("pace"):
        return await _page(desk, "分批列出的，请填写每周几户。", typed, 422)
    body: dict[str, Any] = {"decision": "refused" if chosen == "refused" else "confirmed", "reason": reason}
    if chosen == "waves":
        body["households_per_week"] = given.number("pace")
    for hold_id in given.all("hold"):
        try:
            await desk.post(f"{MATCHER}/screen-holds/{hold_id}/decide", body)
        except Refused as refused:
            told = refused.detail + "".join(f"{one['detail']}。" for one in refused.errors)
            return await _page(desk, f"没有全部受理：{told}", typed, refused.status)
    return RedirectResponse("/screens/holds", 303)
