"""Campaigns: stages with their days, how far each division is, who is late; planned and planned anew."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console.charts.bars import Bar, Words, bars
from console.charts.timeline import Lane, Span, timeline
from console.door import AtDesk, Desk, Form, OfForm, settings_of
from console.periods import days_of
from console.places import below, place_text
from console.services import MATCHER, PRECONDITION, REGISTRY, Away, Refused
from console.show import shown, today

router = APIRouter(include_in_schema=False)
CAMPAIGNS = f"{REGISTRY}/campaigns"
HEAD = ("area", "title", "citation", "first", "last", "entry_due_on")
TITLES = {"title": "名称", "citation": "依据", "first": "开始", "last": "结束", "entry_due_on": "录入期限"}
STAGE = ("title", "first", "last", "target")
MOST_STAGES = 12
RUNNING, OTHER = range(2)
LEGEND = ("正在进行", "未到或已过")
REACHED = ("办结", "已入户", "已签收", "未签收")


@router.get("/campaigns")
async def show_campaigns(desk: AtDesk) -> Response:
    """All of the area, the newest first."""
    told = settings_of(desk.request)
    page = await desk.get(CAMPAIGNS, limit=told.page_rows, cursor=desk.request.query_params.get("cursor"))
    names = await desk.request.app.state.places.of(desk)
    return shown(
        desk.request, "campaigns.html", page=page, names=names, place_text=place_text, day=str(today(told))
    )  # fmt: skip


@router.get("/campaigns/new")
async def ask_of_campaign(desk: AtDesk) -> Response:
    """The form of a new one."""
    return await _form(desk, {"area": desk.signed.area}, {})


@router.post("/campaigns/new")
async def plan(given: OfForm) -> Response:
    """A new one."""
    return await _written(given, None)


@router.get("/campaigns/{campaign_id}")
async def show_campaign(desk: AtDesk, campaign_id: str) -> Response:
    """The board."""
    campaign, progress, names = await asyncio.gather(
        desk.get(f"{CAMPAIGNS}/{campaign_id}"), desk.get(f"{CAMPAIGNS}/{campaign_id}/progress"),
        desk.request.app.state.places.of(desk),
    )  # fmt: skip
    rows = sorted(progress["rows"], key=lambda row: (-row["overdue"], -row["still_open"], row["area"]))
    return shown(
        desk.request, "campaign.html", campaign=campaign, progress=progress, rows=rows, place_text=place_text,
        names=names, stages=list(zip(progress["stages"], progress["shares"], strict=True)),
        calendar=_calendar(campaign, date.fromisoformat(progress["as_of"])), picture=_picture(rows),
    )  # fmt: skip


def _calendar(campaign: Mapping[str, Any], day: date) -> str:
    lanes = [
        Lane(one["title"], days_of(one["first"], one["last"]),
             (Span(date.fromisoformat(one["first"]), date.fromisoformat(one["last"]),
                   RUNNING if one["running"] else OTHER),))
        for one in campaign["stages"]
    ]  # fmt: skip
    return timeline(Words("stages", "各阶段的时间", "每个阶段一行；竖线是今天。"), lanes, LEGEND, day).inline


def _picture(rows: list[dict[str, Any]]) -> str | None:
    """How far the cases of each division have come."""
    if not any(row["opened"] for row in rows):
        return None
    drawn = []
    for row in rows:
        late = f"，超期 {row['overdue']}" if row["overdue"] else ""
        drawn.append(
            Bar(row["area_name"], row["opened"], f"办结 {row['closed']}／{row['opened']}{late}", parts=_reached(row))
        )
    words = Words("progress", "各区划进度（件）", "每个区划开立的事项，按走到哪一步分段，超期多的在前。")
    return bars(words, drawn, REACHED).inline


def _reached(row: Mapping[str, Any]) -> tuple[int, ...]:
    """Each case where it has come to, once; one may be closed without a visit."""
    visited = max(row["visited"] - row["closed"], 0)
    accepted = max(row["accepted"] - row["closed"] - visited, 0)
    return row["closed"], visited, accepted, max(row["opened"] - row["closed"] - visited - accepted, 0)


@router.get("/campaigns/{campaign_id}/change")
async def ask_of_change(desk: AtDesk, campaign_id: str) -> Response:
    """The form of one that is there."""
    campaign = await desk.get(f"{CAMPAIGNS}/{campaign_id}")
    return await _form(desk, typed_of(campaign), {}, campaign)


@router.post("/campaigns/{campaign_id}/change")
async def plan_anew(given: OfForm, campaign_id: str) -> Response:
    """Planned anew, in the version seen."""
    return await _written(given, campaign_id)


def typed_of(campaign: Mapping[str, Any]) -> dict[str, str]:
    """A campaign as the form would bring it."""
    typed = {name: campaign[name] or "" for name in HEAD}
    for at, stage in enumerate(campaign["stages"]):
        typed |= {f"s{at}.{name}": str(stage[name] or "") for name in STAGE}
    return {**typed, "screens": " ".join(sorted(campaign["screens"]))}


async def _written(given: Form, campaign_id: str | None) -> Response:
    desk = given.desk
    names = [*HEAD, *(f"s{at}.{name}" for at in range(MOST_STAGES) for name in STAGE)]
    typed = {name: given.text(name) or "" for name in names}
    typed["screens"] = " ".join(sorted(given.all("screens")))
    body, wrong = body_of(typed)
    refused = None
    if not wrong:
        try:
            if campaign_id is None:
                made = await desk.post(CAMPAIGNS, body)
            else:
                made = await desk.put(f"{CAMPAIGNS}/{campaign_id}", body, version=given.number("version"))
            return RedirectResponse(f"/campaigns/{made['campaign_id']}", 303)
        except Refused as told:
            refused, wrong = told, {_field(str(one["pointer"])): str(one["detail"]) for one in told.errors}
    present = await desk.get(f"{CAMPAIGNS}/{campaign_id}") if campaign_id else None
    return await _form(desk, typed, wrong, present, refused)


def _field(pointer: str) -> str:
    """`/stages/0/last` → `s0.last`."""
    parts = pointer.strip("/").split("/")
    return f"s{parts[1]}.{parts[2]}" if parts[0] == "stages" and len(parts) > 2 else parts[0]


def body_of(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The registry's CampaignIn, and what can be said to be wrong before it is asked."""
    wrong = {name: "必填。" for name in ("title", "first", "last") if not typed.get(name)}
    stages = []
    for at in range(MOST_STAGES):
        told = {name: typed.get(f"s{at}.{name}", "") for name in STAGE}
        if not any(told.values()):
            continue
        wrong |= {f"s{at}.{name}": "必填。" for name in ("title", "first", "last") if not told[name]}
        if told["target"] and not told["target"].isdecimal():
            wrong[f"s{at}.target"] = "请填写整数。"
            continue
        stages.append({**told, "target": int(told["target"]) if told["target"] else None})
    if not stages:
        wrong["stages"] = "至少写一个阶段。"
    body = {name: typed[name] for name in HEAD if typed.get(name)}
    return {**body, "stages": stages, "screens": typed.get("screens", "").split()}, wrong


async def _form(
    desk: Desk, typed: Mapping[str, str], wrong: Mapping[str, str], campaign: Mapping[str, Any] | None = None,
    refused: Refused | None = None,
) -> Response:  # fmt: skip
    names, own = await desk.request.app.state.places.of(desk), desk.signed.area
    moved = refused is not None and refused.status == PRECONDITION
    return shown(
        desk.request, "campaign_form.html", status=refused.status if refused else 422 if wrong else 200, typed=typed,
        wrong=wrong, campaign=campaign, refused=refused, moved=moved, most=MOST_STAGES,
        differs=differences(campaign, typed) if moved and campaign else [],
        screens=await _screens(desk), areas={own: place_text(names, own), **below(names, own)},
    )  # fmt: skip


def differences(campaign: Mapping[str, Any], typed: Mapping[str, str]) -> list[str]:
    """What stands otherwise now than in the form."""
    now = typed_of(campaign)
    found = [f"{title}：现为 {now[name] or '（空）'}" for name, title in TITLES.items() if now[name] != typed.get(name)]
    for at, stage in enumerate(campaign["stages"]):
        if any(now[f"s{at}.{name}"] != typed.get(f"s{at}.{name}", "") for name in STAGE):
            found.append(f"第 {at + 1} 阶段：现为 {stage['title']}，{days_of(stage['first'], stage['last'])}")
    if now["screens"] != typed.get("screens", ""):
        found.append("计入的筛查")
    return found


async def _screens(desk: Desk) -> list[dict[str, Any]]:
    """The catalogue to choose from; nothing of it while the matcher does not answer."""
    try:
        found: list[dict[str, Any]] = (await desk.get(f"{MATCHER}/screens"))["screens"]
    except (Away, Refused):
        return []
    return found
