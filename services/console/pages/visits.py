"""What a visit came to: a form filled in as far as is known, photographs with it, an answer for a page or a script.

A page open at the door sends household after household by a script (static/walk.js): it asks for JSON and is told
the same as a page says.
"""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Response
from starlette.datastructures import FormData, UploadFile
from starlette.responses import JSONResponse, RedirectResponse

from console.door import AtDesk, Desk, Form, OfForm, settings_of
from console.places import place_text
from console.services import PRECONDITION, REGISTRY, Refused
from console.show import shown, today
from console.visits import FIELDS, HOW, fen_of
from kit.columns import new_id

router = APIRouter(include_in_schema=False)
MOST_PHOTOS = 6  # of one form
MOST_PHOTO_BYTES = 10 * 1024 * 1024  # the registry's own bound: said before the file travels on
UNFIT = 422
_KEPT = ("code", "how", "visited_on", "form", "reason", "stop_from", "paid_month")


@router.get("/cases/{case_id}/visits/{item_id}")
async def ask_of_visit(desk: AtDesk, case_id: str, item_id: str) -> Response:
    """The form of a visit: what is known stands in it, and only what fits this item is asked."""
    case, history = await asyncio.gather(
        desk.get(f"{REGISTRY}/cases/{case_id}"), desk.get(f"{REGISTRY}/cases/{case_id}/history")
    )
    given = known_of(case, today(settings_of(desk.request)))
    if case["state"] == "returned":  # what was sent back is put right, not told anew
        given.update(_reported(history["outcomes"], item_id))
    return await _form(desk, (case, item_id), given, {})


def known_of(case: Mapping[str, Any], day: date) -> dict[str, str]:
    """What of a visit is known before it: the day, how, and who goes."""
    return {
        "outcome_id": str(uuid.uuid4()),
        "visited_on": str(day),
        "how": "visit",
        "visited_by": case["responsible_person"] or "",
    }


def suggested(day: date) -> dict[str, str]:
    """What a field is filled with once an outcome asks for it: support stops with the next month."""
    return {"stop_from": (day.replace(day=1) + timedelta(days=32)).strftime("%Y-%m")}


def _reported(outcomes: Sequence[Mapping[str, Any]], item_id: str) -> dict[str, str]:
    """The last outcome of the item, as a form states it."""
    mine = [one for one in outcomes if one["item_id"] == item_id]
    if not mine:
        return {}
    told = {name: str(mine[-1][name]) for name in _KEPT if mine[-1][name]}
    for name in ("overpaid_fen", "recovered_fen"):
        if mine[-1][name] is not None:
            told[name] = f"{mine[-1][name] // 100}.{mine[-1][name] % 100:02}"
    return told


@router.post("/cases/{case_id}/visits/{item_id}")
async def report_visit(given: OfForm, case_id: str, item_id: str) -> Response:
    """What the visit came to. What is wrong with it is said beside each field, and nothing typed is lost."""
    desk = given.desk
    body, wrong = outcome_of(given, item_id)
    photos = [one for one in given.fields.getlist("photo") if isinstance(one, UploadFile) and one.filename]
    if not wrong:
        wrong = await _hand_in(desk, case_id, photos)
    if wrong:
        return await _not_taken(given, (case_id, item_id), wrong, None)
    try:
        case = await desk.post(f"{REGISTRY}/cases/{case_id}/outcome", body, version=given.number("version"))
    except Refused as refused:
        return await _not_taken(given, (case_id, item_id), _by_field(refused), refused)
    if _by_script(desk):
        return JSONResponse({"taken": True, "version": case["version"]})
    return RedirectResponse(f"/cases/{case_id}?told={item_id}", 303)


async def _hand_in(desk: Desk, case_id: str, photos: Sequence[UploadFile]) -> dict[str, str]:
    """Photographs go to the case before the outcome does: one that is not taken is said, and the form stays. The same
    ones again are those already there."""
    if len(photos) > MOST_PHOTOS:
        return {"photo": f"一次最多 {MOST_PHOTOS} 张照片，请分次提交。"}
    for photo in photos:
        if (photo.size or 0) > MOST_PHOTO_BYTES:
            return {"photo": f"“{photo.filename}”超过 10 MB，请缩小后再选。"}
    for photo in photos:
        file = {"file": (photo.filename, await photo.read(), photo.content_type or "application/octet-stream")}
        try:
            await desk.services.call(
                desk.signed, "POST", f"{REGISTRY}/cases/{case_id}/evidence", files=file, params={"about": "visit"},
                headers={"Idempotency-Key": new_id()},
            )  # fmt: skip
        except Refused as refused:
            return {"photo": f"“{photo.filename}”没有收下：{refused.detail}"}
    return {}


def _by_script(desk: Desk) -> bool:
    return "application/json" in desk.request.headers.get("accept", "")


async def _not_taken(given: Form, at: tuple[str, str], wrong: Mapping[str, str], refused: Refused | None) -> Response:
    """The form again with what is wrong, as a page or as JSON."""
    desk = given.desk
    case = await desk.get(f"{REGISTRY}/cases/{at[0]}")
    if not _by_script(desk):
        return await _form(desk, (case, at[1]), _typed(given.fields), wrong, refused)
    moved = refused is not None and refused.status == PRECONDITION
    told = {
        "taken": False,
        "moved": moved,
        "why": refused.detail if refused else "",
        "wrong": dict(wrong),
        "version": case["version"],
        "state": case["state_label"],
    }
    return JSONResponse(told, refused.status if refused else UNFIT)


async def _form(
    desk: Desk,
    at: tuple[Mapping[str, Any], str],
    given: Mapping[str, str],
    wrong: Mapping[str, str],
    refused: Refused | None = None,
) -> Response:
    case, item_id = at
    codes = (await desk.get(f"{REGISTRY}/cases/outcome-codes"))["codes"]
    names = await desk.request.app.state.places.of(desk)
    item = next((one for one in case["items"] if one["item_id"] == item_id), None)
    if item is None:
        raise Refused(404, "not-found", "这一户没有这名人员。")
    others = [one for one in case["items"] if one["lead_id"] and one is not item]
    return shown(
        desk.request, "visit.html", status=refused.status if refused else UNFIT if wrong else 200,
        case=case, item=item, others=others, codes=fitting(codes, item["kinds"]), fields=FIELDS, how=HOW, given=given,
        wrong=wrong, refused=refused, moved=refused is not None and refused.status == PRECONDITION,
        place=place_text(names, case["area"]), suggested=suggested(today(settings_of(desk.request))),
    )  # fmt: skip


def fitting(codes: Sequence[Mapping[str, Any]], kinds: Sequence[str]) -> list[Mapping[str, Any]]:
    """The outcomes that answer an item of these kinds."""
    return [code for code in codes if set(code["kinds"]) & set(kinds)]


def outcome_of(given: Form, item_id: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The registry's OutcomeIn, and what can be said to be wrong before it is asked: amounts that are none."""
    plain = ("outcome_id", "code", "how", "visited_on", "visited_by", "person_id")
    body: dict[str, Any] = {"item_id": item_id, **{name: given.text(name) for name in plain}}
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
