"""One delivery: how far it is, what became of its rows, what is wrong and where, and what may be done with it."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console.batch_words import (
    COUNTS,
    LOADS,
    MOVING,
    OUTCOMES,
    STATES,
    TONES,
    guards_of,
    open_steps,
    said_of,
    steps_of,
    wrong_with,
)
from console.door import AtDesk, Desk, OfForm, settings_of
from console.files import passed_on
from console.pictures_of_feeds import column_bars, criteria_bars, linked_bars, outcome_bars
from console.services import MATCHER, Refused
from console.show import shown
from console.under_way import under_way
from kit.columns import new_id

router = APIRouter(include_in_schema=False)
STEP_WORDS = ("commit", "confirm", "cancel", "resume", "rollback")
NO_REASON = "请写明回退的原因（2 至 300 字，不要写姓名和号码）。"
CHANGES = {"added": "新增", "gone": "不再有", "changed": "有改动"}
FILES = {
    "report.xlsx": "错误标注.xlsx", "report.csv": "错误标注.csv", "quality.xlsx": "数据质量报告.xlsx",
    "receipt": "回执.jws",
}  # fmt: skip


@router.get("/deliver/batches/{batch_id}")
async def show_batch(desk: AtDesk, batch_id: str) -> Response:
    """The delivery as it stands; a script asks for it again while it moves."""
    return await _page(desk, batch_id)


@router.get("/deliver/batches/{batch_id}/files/{name}")
async def fetch_file(desk: AtDesk, batch_id: str, name: str) -> Response:
    """A file the matcher makes of it: the sender's own with the errors marked, the report card, the signed receipt."""
    if name not in FILES:
        raise Refused(404, "not-found", "没有这个文件。")
    return await passed_on(desk, f"{MATCHER}/batches/{batch_id}/{name}", FILES[name])


@router.get("/deliver/batches/{batch_id}/receipt")
async def show_receipt(desk: AtDesk, batch_id: str) -> Response:
    """The receipt, to be printed and filed."""
    signed = (await desk.services.call(desk.signed, "GET", f"{MATCHER}/batches/{batch_id}/receipt")).text
    body = signed.split(".")[1]
    claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return shown(
        desk.request, "receipt.html", claims=claims, signed_text=signed, **await _called(desk, claims["feed"]),
        states=STATES, outcomes=OUTCOMES, loads=LOADS, batch_id=batch_id,
    )  # fmt: skip


@router.get("/deliver/batches/{batch_id}/diff")
async def show_difference(desk: AtDesk, batch_id: str) -> Response:
    """How it differs from the delivery it replaced, or would."""
    return await _difference(desk, batch_id, None)


@router.get("/deliver/batches/{batch_id}/rollback")
async def ask_to_roll_back(desk: AtDesk, batch_id: str) -> Response:
    """Taking it back, asked for once more: what it had changed, and why it is taken back."""
    return await _difference(desk, batch_id, Back())


@router.post("/deliver/batches/{batch_id}/{step}")
async def take_step(given: OfForm, batch_id: str, step: str) -> Response:
    """Let it count, confirm it, withdraw it, try it again, roll it back: as it was seen, or not at all."""
    desk, reason = given.desk, given.text("reason") or ""
    if step not in STEP_WORDS:
        raise Refused(404, "not-found", "没有这个操作。")
    if step == "rollback" and not 2 <= len(reason) <= 300:
        return await _difference(desk, batch_id, Back(reason, NO_REASON))
    more: dict[str, Any] = {"json": {"reason": reason}} if step == "rollback" else {}
    headers = {"Idempotency-Key": new_id(), "If-Match": given.text("seen") or ""}
    try:
        await desk.services.call(desk.signed, "POST", f"{MATCHER}/batches/{batch_id}/{step}", headers=headers, **more)
    except Refused as refused:
        if refused.status == 404:
            raise
        if step == "rollback":
            return await _difference(desk, batch_id, Back(reason, refused=refused))
        return await _page(desk, batch_id, refused)
    return RedirectResponse(f"/deliver/batches/{batch_id}", 303)


async def seen(desk: Desk, batch_id: str) -> tuple[dict[str, Any], str]:
    """A delivery and its version."""
    answer = await desk.services.call(desk.signed, "GET", f"{MATCHER}/batches/{batch_id}")
    return answer.json(), answer.headers["ETag"]


async def _page(desk: Desk, batch_id: str, refused: Refused | None = None) -> Response:
    batch, version = await seen(desk, batch_id)
    called, quality, rows, certificate = await asyncio.gather(
        _called(desk, batch["feed"]), _quality(desk, batch), _rows(desk, batch), _certificate(desk, batch)
    )
    titles = {one["name"]: one["title"] for one in quality["columns"]} if quality else {}
    return shown(
        desk.request, "batch.html", status=refused.status if refused else 200, batch=batch, version=version,
        **called, state=STATES.get(batch["state"], batch["state"]), tone=TONES.get(batch["state"], "over"),
        going=under_way(batch) if batch["state"] in MOVING else None,
        steps=steps_of(batch), held=guards_of(batch, titles),
        wrong=wrong_with(batch), actions=open_steps(batch, desk.signed), loads=LOADS,
        why=said_of(refused, batch) if refused else None, own=desk.signed.agency == batch["agency"],
        quality=quality, drawn=_drawn(batch, quality),
        certificate=certificate, **rows,
    )  # fmt: skip


def _drawn(batch: Mapping[str, Any], quality: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "outcomes": outcome_bars(batch, "outcomes") if batch["outcomes"] else None,
        "linked": linked_bars(batch),
        "criteria": criteria_bars(quality) if quality and quality["criteria"] else None,
        "columns": column_bars(quality) if quality and quality["columns"] else None,
    }


async def _quality(desk: Desk, batch: Mapping[str, Any]) -> dict[str, Any] | None:
    """None before it was read, and after its rows had their time."""
    if not batch["outcomes"]:
        return None
    return await _if_there(desk, f"{MATCHER}/batches/{batch['batch_id']}/quality")


async def _certificate(desk: Desk, batch: Mapping[str, Any]) -> dict[str, Any] | None:
    if not desk.signed.may("links:read") or batch["state"] not in COUNTS:
        return None
    return await _if_there(desk, f"{MATCHER}/batches/{batch['batch_id']}/certificate")


async def _if_there(desk: Desk, path: str, **query: object) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = await desk.get(path, **query)
    except Refused as refused:
        if refused.code != "conflict":
            raise
        return None
    return told


async def _rows(desk: Desk, batch: Mapping[str, Any]) -> dict[str, Any]:
    """A page of the rows with something to say, and which there are."""
    counted = batch["outcomes"] or {}
    choices = [(one, title, counted[one]) for one, title in OUTCOMES if counted.get(one) and one != "accepted"]
    asked = desk.request.query_params
    wanted = [one for one, _, _ in choices]
    show = asked.get("show") if asked.get("show") in wanted else ("rejected" if "rejected" in wanted else None)
    show = show or next(iter(wanted), None)
    page = None
    if show is not None:
        page = await _if_there(
            desk, f"{MATCHER}/batches/{batch['batch_id']}/rows", outcome=show, cursor=asked.get("cursor"),
            limit=settings_of(desk.request).page_rows,
        )  # fmt: skip
    several = len((batch["reading"] or {}).get("sheets") or ()) > 1
    rows = [_row(one, several=several) for one in page["rows"]] if page else []
    return {"choices": choices, "show": show, "rows": rows, "cursor": page["cursor"] if page else None,
            "rows_gone": show is not None and page is None}  # fmt: skip


def _row(row: Mapping[str, Any], *, several: bool) -> dict[str, Any]:
    """`several`: the file has more sheets than one, so that a row's is named."""
    sheet = f"工作表“{row['sheet']}” " if several and row["sheet"] else ""
    part = f"第 {row['part']} 人" if row["part"] is not None else ""
    issues = [{**one, "column": _column(one["pointer"])} for one in row["issues"]]
    return {"place": f"{sheet}第 {row['row'] or row['line']} 行{part}", "key": row["row_key"], "issues": issues}


def _column(pointer: str | None) -> str:
    """The column a JSON pointer names, as the sender wrote it."""
    return (pointer or "/")[1:].replace("~1", "/").replace("~0", "~")


async def _called(desk: Desk, feed: str) -> dict[str, Any]:
    """What a feed and its agency are called; their codes must do for who may not read feeds."""
    if not desk.signed.may("feeds:read"):
        return {"title": feed, "agency": ""}
    told = await desk.get(f"{MATCHER}/feeds/{quote(feed, safe='')}")
    return {"title": str(told["title"]), "agency": str(told["content"]["agency_zh"])}


@dataclass(frozen=True)
class Back:
    """That a delivery is to be taken back: the reason as typed, and why it was not."""

    reason: str = ""
    why: str | None = None
    refused: Refused | None = None

    @property
    def status(self) -> int:
        """Of the page that says so."""
        return self.refused.status if self.refused else 422 if self.why else 200


async def _difference(desk: Desk, batch_id: str, back: Back | None) -> Response:
    """The differences; with `back` also the form that takes it back."""
    batch, version = await seen(desk, batch_id)
    asked = desk.request.query_params
    change = asked.get("change") if asked.get("change") in CHANGES else None
    try:
        found = await desk.get(
            f"{MATCHER}/batches/{batch_id}/diff", change=change, cursor=asked.get("cursor"),
            limit=settings_of(desk.request).page_rows,
        )  # fmt: skip
        none = None
    except Refused as nothing:
        found, none = None, said_of(nothing, batch)
    quality = await _quality(desk, batch)
    told = back or Back()
    return shown(
        desk.request, "batch_diff.html", status=told.status, batch=batch, version=version, found=found, none=none,
        title=(await _called(desk, batch["feed"]))["title"], changes=CHANGES, change=change,
        takes_back=back is not None,
        why=said_of(told.refused, batch) if told.refused else told.why, reason=told.reason,
        may=any(one.name == "rollback" for one in open_steps(batch, desk.signed)),
        titles={one["name"]: one["title"] for one in quality["columns"]} if quality else {},
    )  # fmt: skip
