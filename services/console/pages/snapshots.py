"""The ledger at the end of a month: which division owes it, what was frozen, signed by another, reported, and whether
it is still what it was."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console.door import AtDesk, Desk, OfForm, settings_of
from console.files import passed_on
from console.months import months_over
from console.places import below, place_text
from console.services import REGISTRY, Refused
from console.show import shown, today
from kit.scope import prefix

router = APIRouter(include_in_schema=False)
SNAPSHOTS = f"{REGISTRY}/ledger/snapshots"
COUNTY_DIGITS, MONTHS = 6, 12
STEPS = frozenset({"sign", "report"})


@router.get("/snapshots")
async def show_snapshots(desk: AtDesk) -> Response:
    """Who owes the month, and what was frozen."""
    return await _list(desk)


async def _list(desk: Desk, why: str | None = None, status: int = 200) -> Response:
    day, asked, own = today(settings_of(desk.request)), desk.request.query_params, desk.signed.area
    months = [day.strftime("%Y-%m"), *(one.name for one in months_over(day, MONTHS)[::-1])]
    month = asked.get("month") or months[1]
    owes = len(prefix(own)) <= COUNTY_DIGITS
    page, dues, names = await asyncio.gather(
        desk.get(SNAPSHOTS, month=asked.get("month"), limit=settings_of(desk.request).page_rows,
                 cursor=asked.get("cursor")),
        desk.get(f"{SNAPSHOTS}/due", month=month) if owes else _none(),
        desk.request.app.state.places.of(desk),
    )  # fmt: skip
    return shown(
        desk.request, "snapshots.html", status=status, why=why, page=page, dues=dues, month=month, months=months,
        asked=asked.get("month"), areas={own: place_text(names, own), **below(names, own)}, names=names,
        place_text=place_text,
    )  # fmt: skip


async def _none() -> None:
    return None


@router.post("/snapshots")
async def freeze(given: OfForm) -> Response:
    """Write the ledger of a month down as it stood."""
    body = {"area": given.text("area") or given.desk.signed.area, "month": given.text("month")}
    try:
        made = await given.desk.post(SNAPSHOTS, body)
    except Refused as refused:
        told = refused.detail + "".join(f"{one['detail']}。" for one in refused.errors)
        return await _list(given.desk, told, refused.status)
    return RedirectResponse(f"/snapshots/{made['snapshot_id']}", 303)


@router.get("/snapshots/{snapshot_id}")
async def show_snapshot(desk: AtDesk, snapshot_id: str) -> Response:
    """Its figures, what was done with it, its lines; asked to, whether it still fits its digest."""
    return await _one(desk, snapshot_id)


async def _one(desk: Desk, snapshot_id: str, refused: Refused | None = None) -> Response:
    path, asked = f"{SNAPSHOTS}/{snapshot_id}", desk.request.query_params
    head, lines, verdict, names = await asyncio.gather(
        desk.get(path), _lines(desk, path),
        desk.get(f"{path}/verify") if asked.get("verify") else _none(), desk.request.app.state.places.of(desk),
    )  # fmt: skip
    return shown(
        desk.request, "snapshot.html", status=refused.status if refused else 200, head=head, lines=lines,
        verdict=verdict, why=refused.detail if refused else None, names=names, place_text=place_text,
    )  # fmt: skip


async def _lines(desk: Desk, path: str) -> dict[str, Any]:
    """A page of its lines; where it does not fit its digest they are not shown, and the page says so."""
    cursor = desk.request.query_params.get("cursor")
    try:
        told: dict[str, Any] = await desk.get(f"{path}/lines", limit=settings_of(desk.request).page_rows, cursor=cursor)
    except Refused as refused:
        if refused.code != "snapshot-broken":
            raise
        return {"lines": [], "cursor": None, "broken": refused.detail}
    return told


@router.post("/snapshots/{snapshot_id}/{step}")
async def take_step(given: OfForm, snapshot_id: str, step: str) -> Response:
    """Signed by another person than whoever froze it; then reported."""
    if step not in STEPS:
        raise Refused(404, "not-found", "没有这个操作。")
    try:
        await given.desk.post(f"{SNAPSHOTS}/{snapshot_id}/{step}", None)
    except Refused as refused:
        return await _one(given.desk, snapshot_id, refused)
    return RedirectResponse(f"/snapshots/{snapshot_id}", 303)


@router.get("/snapshots/{snapshot_id}/text")
async def show_text(desk: AtDesk, snapshot_id: str) -> Response:
    """The month in official prose, to be copied."""
    told = await desk.get(f"{SNAPSHOTS}/{snapshot_id}/report-text")
    return shown(desk.request, "snapshot_text.html", told=told, snapshot_id=snapshot_id)


@router.get("/snapshots/{snapshot_id}/ledger.xlsx")
async def fetch_ledger(desk: AtDesk, snapshot_id: str) -> Response:
    """The sheet that is reported upwards."""
    return await passed_on(desk, f"{SNAPSHOTS}/{snapshot_id}/export.xlsx", "ledger.xlsx")
