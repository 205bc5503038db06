"""A township's day: what is late, what is due, what is new, what changed since it was taken over; then all of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Response

from console.door import AtDesk, Desk, OfForm, settings_of
from console.places import below, place_text
from console.services import REGISTRY, Away, Refused
from console.show import shown, today
from kit.scope import prefix

router = APIRouter(include_in_schema=False)
SOON = 7  # days, today not counted
COUNTY_DIGITS = 6


@dataclass(frozen=True)
class View:
    """One way to look at the ledger: its name in the address, its title, what the list is narrowed to, and under which
    name the registry counts it (`/cases/waiting`)."""

    name: str
    title: str
    empty: str
    counted: str
    narrowed: dict[str, str]


def views(day: date) -> tuple[View, ...]:
    """The ways, in the order of what comes first in the morning."""
    after = day + timedelta(days=SOON + 1)
    return (
        View("late", "已超期", "没有超期的，很好。", "overdue", {"overdue": "true"}),
        View("soon", "七日内到期", "七日内没有到期的。", "due_soon", {"waits_before": str(after), "overdue": "false"}),
        View("new", "待签收", "没有新下发的。", "awaiting_acceptance", {"state": "awaiting-acceptance"}),
        View("again", "再访", "没有约定再访的。", "revisit", {"standing": "revisit"}),
        View("returned", "退回补充", "没有被退回的。", "returned", {"state": "returned"}),
        View("withdrawn", "线索撤回", "没有撤回的线索。", "lead_withdrawn", {"flag": "线索撤回"}),
        View("news", "有新情况", "没有新情况。", "new_facts", {"flag": "新情况"}),
        View("going", "核查中", "没有正在核查的。", "verifying", {"state": "verifying"}),
        View("decided", "待审核", "没有等待审核的。", "awaiting_approval", {"state": "awaiting-approval"}),
        View("granted", "办理中", "没有正在办理的。", "in_progress", {"state": "in-progress"}),
    )


@router.get("/today")
async def show_today(desk: AtDesk) -> Response:
    """One of the ways to look, a page of it."""
    day = today(settings_of(desk.request))
    known = views(day)
    asked = desk.request.query_params
    view = next((one for one in known if one.name == asked.get("show")), known[0])
    narrowed = {**view.narrowed, "area": asked.get("area") or None}
    rows = settings_of(desk.request).page_rows
    page, counts = await asyncio.gather(
        desk.get(f"{REGISTRY}/cases", limit=rows, cursor=asked.get("cursor"), **narrowed),
        _counts(desk, narrowed["area"]),
    )
    return shown(desk.request, "today.html", views=known, view=view, counts=counts, **await _rows(desk, page, day))


@router.post("/today")
async def take_over(given: OfForm) -> Response:
    """The chosen cases are taken over, all by the same unit and person."""
    chosen = given.all("case")
    desk = given.desk
    who = {name: given.text(name) for name in ("responsible_unit", "responsible_person", "measure")}
    if not chosen or not all(who.values()):
        missing = "请先勾选要签收的户。" if not chosen else "请填写责任单位、责任人和措施。"
        return shown(desk.request, "taken.html", status=422, why=missing, told=None, who=who)
    told = await desk.post(f"{REGISTRY}/cases/accept", {"cases": [{"case_id": one, **who} for one in chosen]})
    return shown(desk.request, "taken.html", why=None, told=told, who=who)


async def _counts(desk: Desk, area: str | None) -> Mapping[str, int]:
    """How much lies under each title; empty where it is not told, or a province would be counted."""
    if len(prefix(area or desk.signed.area)) < COUNTY_DIGITS:
        return {}
    try:
        told: Mapping[str, int] = await desk.get(f"{REGISTRY}/cases/waiting", area=area, soon=SOON)
    except (Refused, Away):
        return {}
    return told


async def _rows(desk: Desk, page: dict[str, Any], day: date) -> dict[str, Any]:
    names = await desk.request.app.state.places.of(desk)
    rows = [row_of(case, names, day) for case in page["cases"]]
    asked = {"area": desk.request.query_params.get("area") or None}
    return {
        "rows": rows, "cursor": page["cursor"], "day": day, "asked": asked, "areas": below(names, desk.signed.area),
    }  # fmt: skip


def row_of(case: dict[str, Any], names: dict[str, str], day: date) -> dict[str, Any]:
    """A case as a line of a list."""
    waits = case["accept_due_on"] if case["state"] == "awaiting-acceptance" else case["due_on"]
    late = (day - date.fromisoformat(waits)).days if waits and case["overdue"] else 0
    people = [item for item in case["items"] if item["state"] != "closed"] or case["items"]
    return {
        "id": case["case_id"],
        "people": "、".join(dict.fromkeys(item["name"] or "（不详）" for item in people)) or case["title"],
        "place": place_text(names, case["area"]),
        "reasons": list(dict.fromkeys(reason for item in people for reason in item["reasons"])),
        "found": list(dict.fromkeys(item["code_title"] for item in people if item["code_title"])),
        "due": waits,
        "late": late,
        "state": case["state"],
        "state_label": case["state_label"],
        "tier": case["tier"],
        "flag": case["flag"],
        "person": case["responsible_person"],
    }
