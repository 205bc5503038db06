"""One household's case: why it is on the list, who lives there, what is known and how; and what a visit came to."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from console.door import AtDesk, Desk, Form, OfForm, settings_of
from console.places import place_text
from console.services import MATCHER, PRECONDITION, REGISTRY, Away, Refused
from console.show import shown, today
from console.visits import FIELDS, HOW, fen_of

router = APIRouter(include_in_schema=False)


@router.get("/cases/{case_id}")
async def show_case(desk: AtDesk, case_id: str) -> Response:
    """Everything there is to know before somebody knocks."""
    case, history = await asyncio.gather(
        desk.get(f"{REGISTRY}/cases/{case_id}"), desk.get(f"{REGISTRY}/cases/{case_id}/history")
    )
    leads, away = await _leads(desk, case["items"])
    names = await desk.request.app.state.places.of(desk)
    return shown(
        desk.request, "case.html", case=case, history=history, leads=leads, away=away,
        place=place_text(names, case["area"]), seen=None,
    )  # fmt: skip


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


@router.get("/cases/{case_id}/visits/{item_id}")
async def ask_of_visit(desk: AtDesk, case_id: str, item_id: str) -> Response:
    """The form of a visit, with what fits this item alone."""
    day = today(settings_of(desk.request))
    given = {"outcome_id": str(uuid.uuid4()), "visited_on": str(day), "how": "visit"}
    return await _form(desk, (case_id, item_id), given, {})


@router.post("/cases/{case_id}/visits/{item_id}")
async def report_visit(given: OfForm, case_id: str, item_id: str) -> Response:
    """What the visit came to. What is wrong with it is said beside each field, and nothing typed is lost."""
    desk = given.desk
    body, wrong = outcome_of(given, item_id)
    if wrong:
        return await _form(desk, (case_id, item_id), _typed(given.fields), wrong)
    version = int(given.text("version") or 0)
    try:
        await desk.post(f"{REGISTRY}/cases/{case_id}/outcome", body, version=version)
    except Refused as refused:
        return await _form(desk, (case_id, item_id), _typed(given.fields), _by_field(refused), refused)
    return RedirectResponse(f"/cases/{case_id}?told={item_id}", 303)


async def _form(
    desk: Desk, at: tuple[str, str], given: Mapping[str, str], wrong: Mapping[str, str], refused: Refused | None = None
) -> Response:
    case_id, item_id = at
    case, codes = await asyncio.gather(
        desk.get(f"{REGISTRY}/cases/{case_id}"), desk.get(f"{REGISTRY}/cases/outcome-codes")
    )
    item = next((one for one in case["items"] if one["item_id"] == item_id), None)
    if item is None:
        raise Refused(404, "not-found", "这一户没有这名人员。")
    fitting = [code for code in codes["codes"] if set(code["kinds"]) & set(item["kinds"])]
    return shown(
        desk.request, "visit.html", status=refused.status if refused else 422 if wrong else 200,
        case=case, item=item, codes=fitting, fields=FIELDS, how=HOW, given=given, wrong=wrong, refused=refused,
        moved=refused is not None and refused.status == PRECONDITION,
    )  # fmt: skip


def outcome_of(given: Form, item_id: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The registry's OutcomeIn, and what can be said to be wrong before it is asked: amounts that are none."""
    body: dict[str, Any] = {
        "item_id": item_id,
        "outcome_id": given.text("outcome_id"),
        "code": given.text("code"),
        "how": given.text("how"),
        "visited_on": given.text("visited_on"),
        "visited_by": given.text("visited_by"),
    }
    wrong = {} if body["code"] else {"code": "请选择核查结果。"}
    if not body["visited_on"]:
        wrong["visited_on"] = "请填写核查日期。"
    for field in FIELDS:
        told = given.text(field.name)
        if told and field.kind == "yuan":
            body[field.name] = fen_of(told)
            if body[field.name] is None:
                wrong[field.name] = "请填写金额，单位元，最多两位小数。"
        elif told:
            body[field.name] = told
    return {name: value for name, value in body.items() if value is not None}, wrong


def _typed(fields: FormData) -> dict[str, str]:
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _by_field(refused: Refused) -> dict[str, str]:
    """Field → what is wrong with it, from the registry's account."""
    return {str(one["pointer"]).rpartition("/")[2]: str(one["detail"]) for one in refused.errors}


@router.post("/cases/{case_id}/reveal/{lead_id}")
async def reveal(given: OfForm, case_id: str, lead_id: str) -> Response:
    """Name, number, telephone and address in the clear: counted, and in the journal with the reason."""
    desk = given.desk
    seen = await desk.reveal(f"{MATCHER}/leads/{lead_id}/reveal", given.text("reason") or "visit")
    case, history = await asyncio.gather(
        desk.get(f"{REGISTRY}/cases/{case_id}"), desk.get(f"{REGISTRY}/cases/{case_id}/history")
    )
    leads, away = await _leads(desk, case["items"])
    names = await desk.request.app.state.places.of(desk)
    return shown(
        desk.request, "case.html", case=case, history=history, leads=leads, away=away,
        place=place_text(names, case["area"]), seen=seen,
    )  # fmt: skip
