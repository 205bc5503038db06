"""Files to the province and from it: its export compared or imported, our sheet taken there, its answers read."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from console.door import AtDesk, Desk, Form, OfForm
from console.files import XLSX, kind_of, passed_on
from console.services import REGISTRY, Refused
from console.show import shown
from kit.reveals import REASONS

router = APIRouter(include_in_schema=False)
PROVINCIAL = f"{REGISTRY}/provincial"
KINDS = {
    "only-there": "只在省平台", "only-here": "只在本系统", "status": "享受状态不同", "programme": "救助类别不同",
    "amount": "金额不同",
}  # fmt: skip
OUTCOMES = {
    "created": "新增", "updated": "更新", "unchanged": "没有变化", "duplicate": "重复行", "rejected": "有错未收",
}  # fmt: skip
# What a file is sent for: where to, and how it is asked.
SENT: Mapping[str, tuple[str, dict[str, str]]] = {
    "differ": ("differences", {}),
    "rehearse": ("imports", {"dry_run": "true"}),
    "import": ("imports", {}),
    "answers-try": ("answers", {"dry_run": "true"}),
    "answers": ("answers", {}),
}


@router.get("/province")
async def show_province(desk: AtDesk) -> Response:
    """The templates there are, and what can be done by each."""
    return await _shown(desk, desk.request.query_params.get("layout"))


async def _shown(desk: Desk, layout_id: str | None, **more: Any) -> Response:
    layouts = (await desk.get(f"{PROVINCIAL}/layouts"))["layouts"]
    chosen = next((one for one in layouts if one["layout_id"] == layout_id), layouts[0])
    told = {"done": None, "answer": None, "lines": [], "why": None, **more}
    return shown(
        desk.request, "province.html", status=told.pop("status", 200), layouts=layouts, chosen=chosen, kinds=KINDS,
        outcomes=OUTCOMES, reasons=REASONS, **told,
    )  # fmt: skip


@router.get("/province/{layout_id}/entries.xlsx")
async def fetch_entries(desk: AtDesk, layout_id: str) -> Response:
    """Whoever is still to be entered, in the province's sheet, masked."""
    return await passed_on(desk, f"{PROVINCIAL}/{quote(layout_id)}/entries.xlsx", f"{layout_id}.xlsx")


@router.post("/province/{layout_id}/entries")
async def fetch_entries_in_full(given: OfForm, layout_id: str) -> Response:
    """The same with identities, as the province needs it: counted, and on record with the reason."""
    desk, reason = given.desk, given.text("reason")
    if reason not in REASONS:
        return await _shown(desk, layout_id, why="请选择查看身份信息的事由。", status=422)
    looking, kept = await desk.services.looking(desk.signed)
    desk.keep(kept)  # before the call: the handle is spent, whatever is answered
    path, asked = f"{PROVINCIAL}/{quote(layout_id)}/entries.xlsx", {"identity": "full", "reason": reason}
    try:
        answer = await desk.services.call(looking, "GET", path, params=asked)
    except Refused as refused:
        return await _shown(desk, layout_id, why=refused.detail, status=refused.status)
    named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(layout_id)}.xlsx"}
    return Response(answer.content, media_type=XLSX, headers=named)


@router.post("/province/{layout_id}")
async def send_file(given: OfForm, layout_id: str) -> Response:
    """A file of the province: compared, tried, imported, or read back; what became of it on the page."""
    desk, file, done = given.desk, given.file("table"), given.text("do") or ""
    kind = kind_of(file.filename) if file else None
    if file is None or kind is None or done not in (*SENT, "workbook"):
        return await _shown(desk, layout_id, why="请选择省平台导出的表格（.xlsx、.xls 或 .csv）。", status=422)
    try:
        if done == "workbook":
            return await _workbook(given, layout_id, await file.read(), kind)
        where, query = SENT[done]
        path = f"{PROVINCIAL}/{quote(layout_id)}/{where}"
        if query:
            path += "?" + "&".join(f"{name}={value}" for name, value in query.items())
        told = (await desk.services.send(desk.signed, path, await file.read(), {"Content-Type": kind})).json()
    except Refused as refused:
        return await _shown(desk, layout_id, why=refused.detail, status=refused.status)
    lines = await _lines(desk, told) if where == "imports" else []
    return await _shown(desk, layout_id, done=done, answer=told, lines=lines)


async def _workbook(given: Form, layout_id: str, content: bytes, kind: str) -> Response:
    path = f"{PROVINCIAL}/{quote(layout_id)}/differences.xlsx"
    answer = await given.desk.services.send(given.desk.signed, path, content, {"Content-Type": kind})
    headers = {"Content-Disposition": 'attachment; filename="differences.xlsx"'}
    return Response(answer.content, media_type=XLSX, headers=headers)


async def _lines(desk: Desk, told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines of an import that need somebody: first of all those that were refused."""
    rows = (await desk.get(f"{REGISTRY}/imports/{told['import_id']}/rows", limit=500))["rows"]
    needing = [row for row in rows if any(issue["severity"] != "info" for issue in row["issues"])]
    return sorted(needing, key=lambda row: row["outcome"] != "rejected")
