"""What is paid and by which rules, area by area and day by day: read, proposed and judged before it is fixed, and as a
table out and in."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from console import standard_words
from console.asked_then import day_of
from console.door import AtDesk, Desk, Form, OfForm, settings_of
from console.files import kind_of, passed_on
from console.places import below, place_text
from console.services import PRECONDITION, REGISTRY, Refused
from console.show import shown, today
from console.standard_words import KINDS, ROW_FAULTS, read_value
from kit.scope import covers

router = APIRouter(include_in_schema=False)
STANDARDS = f"{REGISTRY}/standards"
SCOPE = "standards:write"
FIELDS = ("value", "valid_from", "valid_to", "basis", "mode")


@router.get("/standards")
async def show_standards(desk: AtDesk) -> Response:
    """What holds in an area on a day."""
    return await _table(desk)


async def _table(desk: Desk, **more: Any) -> Response:
    area, day = _area(desk), day_of(desk.request.query_params.get("on")) or today(settings_of(desk.request))
    told, names = await asyncio.gather(
        desk.get(STANDARDS, area=area, on=str(day)), desk.request.app.state.places.of(desk)
    )
    held = {one["kind"]: one for one in told["standards"]}
    return shown(
        desk.request, "standards.html", status=more.pop("status", 200), area=area, day=day, held=held,
        areas=_areas(desk, names), names=names, place_text=place_text, words=standard_words,
        may=_may(desk, area), **{"taken": None, "refused": None, **more},
    )  # fmt: skip


def _may(desk: Desk, area: str) -> bool:
    """Whoever fixes what an area pays answers for it."""
    return desk.signed.may(SCOPE) and covers(desk.signed.area, area)


def _area(desk: Desk) -> str:
    return desk.request.query_params.get("area") or desk.signed.area


def _areas(desk: Desk, names: dict[str, str]) -> dict[str, str]:
    own = desk.signed.area
    return {own: place_text(names, own), **below(names, own)}


@router.get("/standards/table.xlsx")
async def fetch_table(desk: AtDesk) -> Response:
    """All days on record as a workbook; sent back it changes nothing."""
    return await passed_on(desk, f"{REGISTRY}/standards.xlsx", "standards.xlsx", area=_area(desk))


@router.post("/standards/import")
async def take_table(given: OfForm) -> Response:
    """A table filled in: all of it, or nothing and why, row by row."""
    desk, file = given.desk, given.file("table")
    kind = kind_of(file.filename) if file else None
    if file is None or kind is None:
        return await _table(desk, status=422, refused=["请选择填好的表格（.xlsx、.xls 或 .csv）。"])
    try:
        answer = await desk.services.send(desk.signed, f"{STANDARDS}/import", await file.read(), {"Content-Type": kind})
    except Refused as refused:
        told = [_row_fault(one) for one in refused.errors]
        return await _table(desk, status=refused.status, refused=[refused.detail, *told])
    return await _table(desk, taken=answer.json())


def _row_fault(error: Mapping[str, Any]) -> str:
    """`第 5 行“数值”：读不出来。`"""
    line, _, column = str(error["pointer"]).strip("/").partition("/")
    if not line:
        return f"{error['detail']}"
    return f"第 {line} 行“{column}”：{ROW_FAULTS.get(error['code'], error['detail'])}。"


@router.get("/standards/{area}/{kind}")
async def show_standard(desk: AtDesk, area: str, kind: str) -> Response:
    """One kind of an area itself through time, and the form that fixes it anew."""
    return await _one(desk, area, kind, {"mode": "change"})


async def _one(desk: Desk, area: str, kind: str, typed: Mapping[str, str], **more: Any) -> Response:
    if kind not in KINDS:
        raise HTTPException(404)
    history, names = await asyncio.gather(
        desk.get(f"{STANDARDS}/{area}/{kind}"), desk.request.app.state.places.of(desk)
    )
    return shown(
        desk.request, "standard.html", status=more.pop("status", 200), area=area, kind=kind, history=history,
        typed=typed, place=place_text(names, area), words=standard_words, known=KINDS[kind], may=_may(desk, area),
        **{"wrong": {}, "verdict": None, "why": None, "moved": False, "done": False, "differs": [], **more},
    )  # fmt: skip


@router.post("/standards/{area}/{kind}")
async def fix_standard(given: OfForm, area: str, kind: str) -> Response:
    """First judged, then fixed: what the rules say are hints, a human decides."""
    if kind not in KINDS:
        raise HTTPException(404)
    typed = {name: given.text(name) or "" for name in FIELDS}
    body, wrong = body_of(kind, typed)
    if wrong:
        return await _one(given.desk, area, kind, typed, wrong=wrong, status=422)
    try:
        if given.text("do") != "fix":
            return await _judged(given.desk, area, kind, typed, body)
        return await _fixed(given, area, kind, typed, body)
    except Refused as refused:
        said = {str(one["pointer"]).rpartition("/")[2]: str(one["detail"]) for one in refused.errors}
        differs = await _differs(given, area, kind) if refused.status == PRECONDITION else []
        return await _one(
            given.desk, area, kind, typed, wrong=said, why=refused.detail, status=refused.status, differs=differs,
            moved=refused.status == PRECONDITION,
        )  # fmt: skip


async def _differs(given: Form, area: str, kind: str) -> list[dict[str, Any]]:
    """What was recorded since the page the form came from was made."""
    seen = given.text("seen") or ""
    history = await given.desk.get(f"{STANDARDS}/{area}/{kind}")
    return [one for one in history["versions"] if one["recorded_at"] > seen]


async def _judged(desk: Desk, area: str, kind: str, typed: Mapping[str, str], body: dict[str, Any]) -> Response:
    proposal = {"area": area, "kind": kind, "valid_from": body["valid_from"], "value": body["value"]}
    told = await desk.post(f"{STANDARDS}/validate", {"proposals": [proposal]})
    return await _one(desk, area, kind, typed, verdict=told["verdicts"][0])


async def _fixed(given: Form, area: str, kind: str, typed: Mapping[str, str], body: dict[str, Any]) -> Response:
    version = given.number("version") or None
    told = await given.desk.put(f"{STANDARDS}/{area}/{kind}", body, version=version)
    return await _one(given.desk, area, kind, {"mode": typed["mode"]}, verdict=told["verdict"], done=True)


def body_of(kind: str, typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The registry's StandardIn, and what can be said to be wrong before it is asked."""
    value = read_value(kind, typed["value"])
    wrong = {} if value else {"value": f"请填写大于零的数，单位 {KINDS[kind].unit}，最多两位小数。"}
    if not typed["valid_from"]:
        wrong["valid_from"] = "请填写执行日期。"
    body = {"mode": typed["mode"] or "change", "value": value}
    return {**body, **{name: typed[name] for name in ("valid_from", "valid_to", "basis") if typed[name]}}, wrong
