"""审计: who saw more than usual, what data was used for, whether the journals are whole, and what a person is told
who asks about it. For the auditor; both services keep a journal of their own."""

import asyncio
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from console import access_words
from console.door import AtDesk, Desk, OfForm
from console.files import XLSX, passed_on
from console.services import MATCHER, REGISTRY, Refused
from console.show import BEIJING, shown
from kit.columns import new_id

router = APIRouter(include_in_schema=False)
JOURNALS = {"registry": (REGISTRY, "登记台账"), "matcher": (MATCHER, "数据比对")}
PAGE, MOST_PAGES = 200, 10  # alerts come the oldest first, and the newest are wanted
BROKEN = {
    "altered": "内容被改过", "missing": "有记录缺失", "slipped-in": "有记录是插进去的",
    "rewritten": "两个检查点之间被重写过", "unsigned": "检查点不是本系统签名的",
}  # fmt: skip
NOBODY = "没有找到此人，或不在您的范围内。请对照身份证核对姓名和号码。"


@router.get("/audit")
async def show_audit(desk: AtDesk) -> Response:
    """Alerts and use of the days asked for; the journals proven where that is asked for."""
    return await _page(desk)


@router.get("/audit/{service}/usage.xlsx")
async def fetch_usage(desk: AtDesk, service: str) -> Response:
    """The records of use as a workbook."""
    if service not in JOURNALS:
        raise Refused(404, "not-found", "没有这个文件。")
    prefix, title = JOURNALS[service]
    days = {name: str(day) for name, day in _days(desk).items()}
    return await passed_on(desk, f"{prefix}/audit/usage.xlsx", f"{title}使用记录.xlsx", **days)


@router.post("/audit/report")
async def report(given: OfForm) -> Response:
    """What one of the services tells somebody of who looked at their data, as a workbook to be handed over."""
    desk, service = given.desk, given.text("service") or ""
    name, number = given.text("name"), given.text("id_number")
    if service not in JOURNALS or not name or not number:
        return await _page(desk, status=422, why="请填写本人的姓名和身份证号。", name=name)
    prefix, title = JOURNALS[service]
    try:
        found = await desk.post(f"{REGISTRY}/subjects/find", {"id_number": number, "name": name})
        path = f"{prefix}/subjects/{quote(found['subject_id'], safe='')}/report.xlsx"
        made = await desk.services.call(desk.signed, "POST", path, headers={"Idempotency-Key": new_id()})
    except Refused as refused:
        why = NOBODY if refused.status == 404 else refused.detail
        return await _page(desk, status=refused.status, why=why, name=name)
    named = f"attachment; filename*=UTF-8''{quote(f'查阅情况告知书-{title}.xlsx')}"
    return Response(made.content, media_type=XLSX, headers={"Content-Disposition": named})


async def _page(desk: Desk, *, status: int = 200, why: str | None = None, name: str | None = None) -> Response:
    proven = desk.request.query_params.get("prove") == "yes"
    told: dict[str, Any] = {"uses": {}, "verdicts": {}, "wrong": None, "days": None}
    alerts = await asyncio.gather(*(_alerts(desk, prefix, title) for prefix, title in JOURNALS.values()))
    try:
        told["days"] = _days(desk)
        told["uses"] = await _of_both(desk, "usage", **told["days"])
    except Refused as refused:
        status, told["wrong"] = refused.status, refused.detail
    if proven:
        told["verdicts"] = await _of_both(desk, "verify")
    newest = sorted((one for part in alerts for one in part), key=lambda one: str(one["at"]), reverse=True)
    return shown(
        desk.request, "audit.html", status=status, why=why, name=name or "", alerts=newest[:PAGE], journals=JOURNALS,
        broken=BROKEN, words=access_words, **told,
    )  # fmt: skip


def _days(desk: Desk) -> dict[str, date]:
    """The period asked for, this month by default; of the clock, as the journals are. Raises Refused."""
    today, asked = datetime.now(BEIJING).date(), desk.request.query_params
    try:
        first = date.fromisoformat(asked.get("from") or str(today.replace(day=1)))
        last = date.fromisoformat(asked.get("to") or str(today))
    except ValueError:
        raise Refused(400, "day-invalid", "日期应写成 2021-06-30。") from None
    if first > last:
        raise Refused(400, "period-wrong", "起始日期不能晚于截止日期。")
    return {"from": first, "to": last}


async def _of_both(desk: Desk, what: str, **query: object) -> dict[str, Any]:
    answers = await asyncio.gather(*(desk.get(f"{prefix}/audit/{what}", **query) for prefix, _ in JOURNALS.values()))
    return dict(zip(JOURNALS, answers, strict=True))


async def _alerts(desk: Desk, prefix: str, title: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await desk.get(f"{prefix}/audit/alerts", limit=PAGE, cursor=cursor)
        found += [{**one, "journal": title} for one in page["alerts"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    return found
