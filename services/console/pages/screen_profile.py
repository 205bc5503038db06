"""One profile of parameters: what it would change and did, and the steps: simulate, approve, withdraw, end, restore.

Routers come in the order of their files' names, so this one after `profiles`, whose addresses have a word where these
have an id.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console.charts.bars import Bar, Words, bars
from console.door import AtDesk, Desk, Form, OfForm
from console.pages.profiles import STATES, STEPS, settings_by_name
from console.places import place_text
from console.services import MATCHER, PRECONDITION, Refused
from console.setting_words import text_of
from console.show import shown

router = APIRouter(include_in_schema=False)
PROFILES = f"{MATCHER}/screen-profiles"
PHASES = {"reading": "读取数据", "screening": "逐人筛查"}
# What is said where the matcher's sentence is for programs.
SAID = {
    "simulation-needed": "批准前须先试算：要按草案现在的内容和现行参数作的试算，且不能太旧。请先“试算”。",
    "simulation-running": "这份草案正在试算，请等它完成。",
}
STEP_BODIES = {
    "simulate": (), "approve": (), "withdraw": (), "end": ("last_day", "reason"),
    "restore": ("purpose", "valid_from", "valid_to"),
}  # fmt: skip
UNVERSIONED = frozenset({"simulate", "restore"})


@router.get("/screens/profiles/{profile_id}")
async def show_profile(desk: AtDesk, profile_id: str) -> Response:
    """Its values beside those that hold today, the newest simulation, and everything that was done to it."""
    return await _page(desk, profile_id)


async def _page(
    desk: Desk, profile_id: str, refused: Refused | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    profile, names = await asyncio.gather(desk.get(f"{PROFILES}/{profile_id}"), desk.request.app.state.places.of(desk))
    known = await settings_by_name(desk, profile["area"])
    rows = [
        {"title": known[name]["title"], "new": text_of(known[name], value), "basis": profile["basis"].get(name),
         "now": text_of(known[name], known[name]["value"]), "same": known[name]["value"] == value}
        for name, value in profile["values"].items()
        if name in known
    ]  # fmt: skip
    simulation = await _simulation(desk, profile)
    return shown(
        desk.request, "profile.html", status=refused.status if refused else 200, profile=profile, rows=rows,
        simulation=simulation, picture=_picture(simulation), phases=PHASES, states=STATES, steps=STEPS, names=names,
        place_text=place_text, why=_why(refused), moved=refused is not None and refused.status == PRECONDITION,
        wrong=refused.errors if refused else [], typed=typed or {},
    )  # fmt: skip


def _why(refused: Refused | None) -> str | None:
    return None if refused is None else SAID.get(refused.code, refused.detail)


async def _simulation(desk: Desk, profile: dict[str, Any]) -> dict[str, Any] | None:
    """The newest one, for those who draft or approve."""
    newest = profile["newest_simulation"]
    if newest is None or not (desk.signed.may("screens:draft") or desk.signed.may("screens:approve")):
        return None
    told: dict[str, Any] = await desk.get(f"{MATCHER}/screen-simulations/{newest}")
    return told


def _picture(simulation: dict[str, Any] | None) -> str | None:
    """By division how many would come and go, those that move most first."""
    rows = [row for row in (simulation or {"by_division": []})["by_division"] if row["screen"] is None]
    if not rows:
        return None
    drawn = [
        Bar(row["area_name"] or "未分区划", (row["appear"] or 0) + (row["vanish"] or 0), _moves(row),
            parts=(row["appear"] or 0, row["vanish"] or 0))
        for row in sorted(rows, key=lambda row: -((row["appear"] or 0) + (row["vanish"] or 0)))
    ]  # fmt: skip
    words = Words("simulated", "试算：各区划增减（人）", "各区划将新列入和将不再列入的人数，变动多的在前。")
    return bars(words, drawn, ("新列入", "不再列入")).inline


def _moves(row: dict[str, Any]) -> str:
    told = ["·" if row[name] is None else f"{row[name]:,}" for name in ("before", "after", "appear", "vanish")]
    return f"{told[0]} → {told[1]}（增 {told[2]}，减 {told[3]}）"


@router.post("/screens/profiles/{profile_id}/{step}")
async def take_step(given: OfForm, profile_id: str, step: str) -> Response:
    """One step. A refusal is said on the profile's own page, as it stands now."""
    if step not in STEP_BODIES:
        raise Refused(404, "not-found", "没有这个操作。")
    body = {name: typed for name in STEP_BODIES[step] if (typed := given.text(name))}
    version = None if step in UNVERSIONED else given.number("version")
    try:
        told = await _call(given, f"{PROFILES}/{profile_id}/{step}", body if STEP_BODIES[step] else None, version)
    except Refused as refused:
        return await _page(given.desk, profile_id, refused, body)
    return RedirectResponse(f"/screens/profiles/{told['profile_id']}", 303)


async def _call(given: Form, path: str, body: dict[str, str] | None, version: int | None) -> dict[str, Any]:
    desk = given.desk
    told: dict[str, Any] = await desk.services.change(desk.signed, "POST", path, body, version=version)
    return told
