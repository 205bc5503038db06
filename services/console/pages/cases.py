"""One household's case: why it is on the list, who lives there, what is known and how."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from console.door import AtDesk, Desk, OfForm
from console.places import place_text, way_of
from console.services import MATCHER, REGISTRY, Away, Refused
from console.show import day_text, shown

router = APIRouter(include_in_schema=False)
TO_VISIT = ("awaiting-acceptance", "verifying", "returned")
MOST_AROUND = 20  # households of the same village that are named


@router.get("/cases/{case_id}")
async def show_case(desk: AtDesk, case_id: str) -> Response:
    """Everything there is to know before somebody knocks."""
    return await _page(desk, case_id, None)


async def _page(desk: Desk, case_id: str, seen: Mapping[str, Any] | None) -> Response:
    """The page; `seen`: the one of the household whose identity was asked for."""
    case, history = await asyncio.gather(
        desk.get(f"{REGISTRY}/cases/{case_id}"), desk.get(f"{REGISTRY}/cases/{case_id}/history")
    )
    (leads, away), names, around = await asyncio.gather(
        _leads(desk, case["items"]), desk.request.app.state.places.of(desk), _around(desk, case)
    )
    return shown(
        desk.request, "case.html", case=case, history=history, leads=leads, away=away, seen=seen,
        place=place_text(names, case["area"]), way=way_of(names, case["area"]), around=around,
        home=next((told["members"] for told in leads.values() if told["members"]), ()),  # a case is one household's
        sources={lead: _sources(told) for lead, told in leads.items()},
        lives={lead: place_text(names, told["residence"]) for lead, told in leads.items() if told["residence"]},
    )  # fmt: skip


def _sources(lead: Mapping[str, Any]) -> list[str]:
    """Whose lists say so, and of which day, each once: `县残联 持证残疾人（2021年6月1日）`."""
    behind = [record for one in lead["findings"] if one["until_version"] is None for record in one["records"]]
    named = [f"{one['title']}（{day_text(one['told_on'])}）" if one["title"] else "民政局 登记库" for one in behind]
    return list(dict.fromkeys(named))


async def _around(desk: Desk, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Who else of the village is to be visited: the same walk takes them in. Nobody where the village is not known."""
    if case["area"].endswith("000"):
        return []
    page = await desk.get(f"{REGISTRY}/cases", area=case["area"], standing="pending", limit=MOST_AROUND + 1)
    return [one for one in page["cases"] if one["state"] in TO_VISIT and one["case_id"] != case["case_id"]]


async def _leads(desk: Desk, items: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], str | None]:
    """Lead → what the matcher knows of it; and, where it does not answer, its name: the ledger goes on without it."""
    wanted = [item["lead_id"] for item in items if item["lead_id"]]
    if not desk.signed.may("leads:read"):
        return {}, None
    try:
        found = await asyncio.gather(*(_lead(desk, lead) for lead in wanted))
    except Away as away:
        return {}, away.name
    return {lead: told for lead, told in zip(wanted, found, strict=True) if told}, None


async def _lead(desk: Desk, lead_id: str) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = await desk.get(f"{MATCHER}/leads/{lead_id}")
    except Refused:
        return None  # of another area since, or gone
    return told


@router.post("/cases/{case_id}/reveal/{lead_id}")
async def reveal(given: OfForm, case_id: str, lead_id: str) -> Response:
    """Name, number, telephone and address in the clear: counted, and in the journal with the reason."""
    desk = given.desk
    seen = await desk.reveal(f"{MATCHER}/leads/{lead_id}/reveal", given.text("reason") or "visit")
    return await _page(desk, case_id, seen)
