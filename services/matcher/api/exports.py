"""The match list as a whole: a workbook for a township's desk, NDJSON for machines. Same content, same order.

Masked unless `identity=full` is asked for by a caller who may reveal; that is recorded with its count.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from china.masks import mask_name, mask_number, mask_phone
from kit.auth import Caller, requires
from kit.columns import now
from kit.crypto import KeyRing
from kit.database import reading as read_only
from kit.limits import TooManyRequests, dear
from kit.problems import ScopeMissing, problems
from kit.sheets_out import Column, Sheet, write_sheets
from kit.web import Writing
from matcher.api.door import REFUSALS
from matcher.api.evidence import TITLES
from matcher.api.leads import Narrowed
from matcher.api.veil import Veil, veil_of
from matcher.audit.store import note
from matcher.leads import reading
from matcher.leads.reading import Filters
from matcher.leads.tables import Lead
from matcher.places import store as places

router = APIRouter(tags=["leads"])
Reader = Annotated[Caller, Depends(requires("leads:read"))]
Shown = Literal["masked", "full"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NDJSON = "application/x-ndjson"
PAGE = 500
COLUMNS = (
    Column("乡镇", 12),
    Column("村", 14),
    Column("户编号", 18),
    Column("等级", 10),
    Column("姓名", 12),
    Column("身份证号", 22),
    Column("联系电话", 14),
    Column("住址", 26),
    Column("是否在册", 9),
    Column("筛查", 26),
    Column("原因", 60),
    Column("比对把握", 9),
    Column("疑点", 24),
    Column("来源（批次:行）", 46),
    Column("候选人员", 30),
    Column("台账状态", 10),
    Column("办理期限", 12),
    Column("线索编号", 38),
    Column("事项编号", 38),
)
NOTES = {
    "full": "身份信息未遮盖，请妥善保管，用后删除。",
    "masked": "身份信息已遮盖；入户前请在系统中逐条查看。",
}
CASE_STATES = {
    "awaiting-acceptance": "待签收",
    "verifying": "核查中",
    "returned": "退回补充",
    "awaiting-approval": "待审核",
    "in-progress": "办理中",
    "closed": "已办结",
    "suspended": "挂起",
}
GRADES = {"certain": "确定", "probable": "较确定", "possible": "存疑"}


@router.get(
    "/leads/export.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(TooManyRequests, *REFUSALS)},
)
def export_leads_workbook(
    request: Request, session: Writing, caller: Reader, chosen: Narrowed, identity: Shown = "masked"
) -> Response:
    """The list as a workbook, households together, identifiers as text, no cell a formula."""
    ring: KeyRing = request.app.state.ring
    _allowed(caller, identity)
    told = Told(ring, veil_of(request.app, caller), identity)
    names = dict(places.frame(session).select("code", "name").iter_rows())
    entries = sorted(_entries(session, caller, chosen, told), key=_order)
    note(session, ring, caller, "leads.export", None, count=len(entries), identity=identity, area=chosen.area)
    day = now().date().isoformat()
    note_line = (
        "身份信息未遮盖，请妥善保管，用后删除。" if identity == "full" else "身份信息已遮盖；入户前请在系统中逐条查看。"
    )
    sheet = Sheet("比对清单", COLUMNS, [_row(entry, names) for entry in entries], (f"导出日期 {day}", note_line))
    with tempfile.TemporaryFile() as file:
        write_sheets(file, [sheet])
        file.seek(0)
        content = file.read()
    return Response(content, media_type=XLSX, headers={"Content-Disposition": 'attachment; filename="leads.xlsx"'})


@router.get(
    "/leads/export.ndjson",
    dependencies=[Depends(dear("export"))],
    response_class=StreamingResponse,
    responses={200: {"content": {NDJSON: {}}}, **problems(TooManyRequests, *REFUSALS)},
)
def export_leads(
    request: Request, session: Writing, caller: Reader, chosen: Narrowed, identity: Shown = "masked"
) -> StreamingResponse:
    """The list for machines: a line per lead, then `{"kind":"end","count":n}`; without it the list is not whole."""
    ring: KeyRing = request.app.state.ring
    _allowed(caller, identity)
    told = Told(ring, veil_of(request.app, caller), identity)
    note(session, ring, caller, "leads.export", None, identity=identity, area=chosen.area)

    def lines() -> Iterator[bytes]:
        count = 0
        with read_only(request.app.state.database) as own:
            for entry in _entries(own, caller, chosen, told):
                count += 1
                yield orjson.dumps({"kind": "lead", "lead": entry}) + b"\n"
        yield orjson.dumps({"kind": "end", "count": count}) + b"\n"

    return StreamingResponse(lines(), media_type=NDJSON)


@dataclass(frozen=True)
class Told:
    """What entries are told with: keys, the veil before the caller, masked or not."""

    ring: KeyRing
    veil: Veil
    identity: Shown


def _allowed(caller: Caller, identity: Shown) -> None:
    if identity == "full" and "leads:reveal" not in caller.scopes:
        raise ScopeMissing(scope="leads:reveal")


def _entries(session: Any, caller: Caller, chosen: Filters, told: Told) -> Iterator[dict[str, Any]]:
    """The caller's leads with their findings, a page at a time."""
    page: list[Lead] = []
    for lead in reading.every(session, caller, chosen):
        page.append(lead)
        if len(page) == PAGE:
            yield from _page(session, page, told)
            page = []
    yield from _page(session, page, told)


def _page(session: Any, page: list[Lead], to: Told) -> Iterator[dict[str, Any]]:
    ring = to.ring
    found = reading.findings(session, [lead.id for lead in page])
    for lead in page:
        told = to.veil.told(ring, lead)
        if to.identity == "masked":
            told |= {
                "name": mask_name(told["name"]),
                "id_number": mask_number(told["id_number"]),
                "phone": mask_phone(told["phone"]),
                "address": None,
            }
        candidates = to.veil.candidates(ring, lead)
        if to.identity == "masked":
            candidates = [{**one, "name": mask_name(one["name"])} for one in candidates]
        contents = [(row, reading.content(ring, row)) for row in found[lead.id]]
        yield {
            "lead_id": lead.id,
            "version": lead.version,
            "state": lead.state,
            "area": lead.area,
            "residence": lead.residence,
            "household_key": lead.household_key,
            "person_id": lead.subject_id if lead.registered else None,
            "subject_id": None if lead.registered else lead.subject_id,
            **told,
            "tier": lead.tier,
            "grade": lead.grade,
            "screens": lead.screens,
            "sources": lead.sources,
            "doubts": lead.doubts,
            "candidates": candidates,
            "case_id": lead.case_id,
            "case_state": lead.case_state,
            "due_on": None if lead.due_on is None else lead.due_on.isoformat(),
            "findings": [
                {"screen": row.screen, "version": row.screen_version, "tier": row.tier, "reason": content["reason"]}
                for row, content in contents
            ],
        }


def _order(entry: dict[str, Any]) -> tuple[str, str, str]:
    return entry["area"], entry["household_key"] or entry["lead_id"], entry["lead_id"]


def _row(entry: dict[str, Any], names: dict[str, str]) -> list[str | None]:
    area = entry["area"]
    return [
        names.get(area[:9] + "000", area[:9]) if area[6:9] != "000" else "（县级待分派）",
        names.get(area) if area[9:] != "000" else None,
        entry["household"],
        entry["tier"],
        entry["name"],
        entry["id_number"],
        entry["phone"],
        entry["address"],
        "是" if entry["person_id"] else "否",
        "、".join(TITLES.get(screen, screen) for screen in entry["screens"]),
        "\n".join(finding["reason"] for finding in entry["findings"]),
        GRADES[entry["grade"]],
        "、".join(sorted({doubt["reason"] for doubt in entry["doubts"]})),
        "、".join(entry["sources"]),
        _candidates(entry["candidates"]),
        CASE_STATES.get(entry["case_state"], entry["case_state"]),
        entry["due_on"],
        entry["lead_id"],
        entry["case_id"],
    ]


def _candidates(people: list[dict[str, str | None]]) -> str | None:
    """Who it may be, numbered as in the reason."""
    named = [f"（{number}）{one['name'] or '姓名不详'}" for number, one in enumerate(people, 1)]
    return "；".join(named) or None
