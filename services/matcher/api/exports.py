"""The match list as a whole: a workbook for a township's desk, NDJSON for machines. Same content, same order.

Masked unless `identity=full` is asked for, with a reason, by a caller who may reveal: counted by people, on record.
Every export bears a watermark by which the journal tells who took it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from china.masks import mask_name, mask_number, mask_phone
from kit.auth import Caller, requires
from kit.crypto import KeyRing
from kit.database import reading as read_only
from kit.limits import TooManyRequests, dear
from kit.problems import problems
from kit.sheets_out import XLSX, Column, Sheet, book
from kit.watermarks import Watermark
from kit.web import Writing
from matcher.api.colouring import Colouring, colouring_of
from matcher.api.door import REFUSALS
from matcher.api.evidence import TITLES
from matcher.api.leads import Narrowed
from matcher.api.reveals import EXPORT_PROBLEMS, Marked, people_of, tell
from matcher.api.veil import Veil, veil_of
from matcher.audit.store import note
from matcher.leads import reading
from matcher.leads.reading import Filters
from matcher.leads.tables import Lead
from matcher.places import store as places

router = APIRouter(tags=["leads"])
Reader = Annotated[Caller, Depends(requires("leads:read"))]
Entry = dict[str, Any]
Clear = frozenset[tuple[str, int]]  # lead and version
NDJSON = "application/x-ndjson"
PAGE = 500
COLUMNS = (
    Column("乡镇", 12),
    Column("村", 14),
    Column("户编号", 18),
    Column("等级", 10),
    Column("紧急", 8),
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
    "full": "入户前请核对身份；用后删除。",
    "masked": "入户前请在系统中逐条查看。",
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
    responses={200: {"content": {XLSX: {}}}, **problems(TooManyRequests, *REFUSALS, *EXPORT_PROBLEMS)},
)
def export_leads_workbook(
    request: Request, session: Writing, caller: Reader, chosen: Narrowed, mark: Marked
) -> Response:
    """The list as a workbook, households together, identifiers as text, no cell a formula; watermarked. Masked; with
    `identity=full`, a reason and a token that may reveal, in the clear and counted by people."""
    ring: KeyRing = request.app.state.ring
    clear = _spend(request, session, caller, chosen, mark)
    told = Told(ring, veil_of(request.app, caller), clear, colouring_of(request.app, session))
    names = dict(places.frame(session).select("code", "name").iter_rows())
    entries = sorted(_entries(session, caller, chosen, told), key=_order)
    _note(request, session, (caller, chosen, mark), clear)
    sheet = Sheet("比对清单", COLUMNS, [_row(entry, names) for entry in entries], ("", NOTES[mark.identity]))
    content = book([sheet], mark.line)
    headers = {"Content-Disposition": 'attachment; filename="leads.xlsx"', "Cache-Control": "no-store"}
    return Response(content, media_type=XLSX, headers=headers)


@router.get(
    "/leads/export.ndjson",
    dependencies=[Depends(dear("export"))],
    response_class=StreamingResponse,
    responses={200: {"content": {NDJSON: {}}}, **problems(TooManyRequests, *REFUSALS, *EXPORT_PROBLEMS)},
)
def export_leads(
    request: Request, session: Writing, caller: Reader, chosen: Narrowed, mark: Marked
) -> StreamingResponse:
    """The list for machines: a header with the watermark, a line per lead, then `{"kind":"end","count":n}`; without it
    the list is not whole. Masked, or in full as the workbook is."""
    ring: KeyRing = request.app.state.ring
    # Who is told is counted before; whoever comes onto the list in the moment between is told masked.
    clear = _spend(request, session, caller, chosen, mark)
    told = Told(ring, veil_of(request.app, caller), clear, colouring_of(request.app, session))
    _note(request, session, (caller, chosen, mark), clear)

    def lines() -> Iterator[bytes]:
        count = 0
        yield orjson.dumps({"kind": "header", "watermark": mark.told}) + b"\n"
        with read_only(request.app.state.database) as own:
            for entry in _entries(own, caller, chosen, told):
                count += 1
                yield orjson.dumps({"kind": "lead", "lead": entry}) + b"\n"
        yield orjson.dumps({"kind": "end", "count": count}) + b"\n"

    return StreamingResponse(lines(), media_type=NDJSON, headers={"Cache-Control": "no-store"})


@dataclass(frozen=True)
class Told:
    """What entries are told with: keys, the veil before the caller, the leads that may be told in full, colours."""

    ring: KeyRing
    veil: Veil
    clear: Clear
    colours: Colouring


def _spend(request: Request, session: Session, caller: Caller, chosen: Filters, mark: Watermark) -> Clear:
    """The leads that may be told in full, as they stand now, once their people are counted."""
    if mark.identity != "full":
        return frozenset()
    ring: KeyRing = request.app.state.ring
    clear, people = set(), []
    for lead in reading.every(session, caller, chosen):
        clear.add((lead.id, lead.version))
        people += people_of(lead, reading.candidates(ring, lead))
    tell(request, session, caller, people)
    return frozenset(clear)


def _note(request: Request, session: Session, of: tuple[Caller, Filters, Watermark], clear: Clear) -> None:
    caller, chosen, mark = of
    told = {"identity": mark.identity, "reason": mark.reason, "area": chosen.area, "in_full": len(clear)}
    note(session, request.app.state.ring, caller, "leads.export", mark.mark_id, **told)


def _entries(session: Session, caller: Caller, chosen: Filters, told: Told) -> Iterator[Entry]:
    """The caller's leads with their findings, a page at a time."""
    page: list[Lead] = []
    for lead in reading.every(session, caller, chosen):
        page.append(lead)
        if len(page) == PAGE:
            yield from _page(session, page, told)
            page = []
    yield from _page(session, page, told)


def _page(session: Session, page: list[Lead], to: Told) -> Iterator[Entry]:
    ring = to.ring
    found = reading.findings(session, [lead.id for lead in page])
    for lead in page:
        told = to.veil.told(ring, lead)
        candidates = to.veil.candidates(ring, lead)
        if (lead.id, lead.version) not in to.clear:
            told |= {
                "name": mask_name(told["name"]),
                "id_number": mask_number(told["id_number"]),
                "phone": mask_phone(told["phone"]),
                "address": None,
            }
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
            "urgency": lead.urgency,
            "colour": to.colours.of(lead.area, lead.urgency),
            "grade": lead.grade,
            "screens": lead.screens,
            "sources": lead.sources,
            "doubts": lead.doubts,
            "candidates": candidates,
            "case_id": lead.case_id,
            "case_state": lead.case_state,
            "due_on": None if lead.due_on is None else lead.due_on.isoformat(),
            "due_days": lead.due_days,
            "knows_outcome": lead.knows_outcome,
            "return_reason": lead.return_reason,
            "findings": [
                {"screen": row.screen, "version": row.screen_version, "tier": row.tier, "reason": content["reason"]}
                for row, content in contents
            ],
        }


def _order(entry: Entry) -> tuple[str, str, str]:
    return entry["area"], entry["household_key"] or entry["lead_id"], entry["lead_id"]


def _row(entry: Entry, names: dict[str, str]) -> list[str | None]:
    area = entry["area"]
    return [
        names.get(area[:9] + "000", area[:9]) if area[6:9] != "000" else "（县级待分派）",
        names.get(area) if area[9:] != "000" else None,
        entry["household"],
        entry["tier"],
        entry["colour"],
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
