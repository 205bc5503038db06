"""Records of use, as the regulation on sharing government data asks for them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.problems import REFUSALS, problems
from kit.scope import within, written_within
from kit.sheets_out import XLSX
from kit.usage import Asked, Period, PeriodWrong, SupplyOut, UsageOut, usage_out, uses, workbook
from registry.audit.store import note
from registry.audit.tables import JournalEntry
from registry.desk import Desk, writes
from registry.imports.tables import Import
from registry.oversight.words import DEEDS

router = APIRouter(tags=["oversight"])
Auditor = Annotated[Desk, Depends(writes("audit:read"))]
SYSTEM = "civil-affairs-system"
STORAGE = "登记库数据库（身份证号、电话、账户加密）；导入文件不留存，逐行报告按期销毁"
BASIS = "《社会救助暂行办法》（2014年国务院令第649号公布，2019年修订）"


@router.get("/audit/usage", responses=problems(*REFUSALS, PeriodWrong))
def get_usage(desk: Auditor, asked: Asked) -> UsageOut:
    """Who used data of the caller's area, in which scene, how often; what was imported, its effect and storage."""
    return _usage(desk, asked)


@router.get(
    "/audit/usage.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(*REFUSALS, PeriodWrong)},
)
def get_usage_workbook(desk: Auditor, asked: Asked) -> Response:
    """The same as a workbook in Chinese."""
    headers = {"Content-Disposition": 'attachment; filename="usage.xlsx"'}
    return Response(workbook(_usage(desk, asked)), media_type=XLSX, headers=headers)


def _usage(desk: Desk, asked: Period) -> UsageOut:
    mine = written_within(desk.caller, JournalEntry.detail, "area")
    used = uses(desk.session, JournalEntry, mine, asked, DEEDS)
    supplied = _supplies(desk.session, desk.caller, asked)
    note(desk.session, desk.ring, desk.caller, "usage.read", None, first=str(asked.first), last=str(asked.last))
    return usage_out(asked, STORAGE, used, supplied)


def _supplies(session: Session, caller: Caller, asked: Period) -> list[SupplyOut]:
    """Imports of the period by the agency that sent them; rehearsals wrote nothing."""
    span = (col(Import.created_at) >= asked.begin, col(Import.created_at) < asked.end, col(Import.dry_run).is_(False))
    query = select(Import).where(within(caller, col(Import.area)), *span).order_by(col(Import.import_id))
    found: dict[str, SupplyOut] = {}
    for row in session.exec(query):
        one = found.setdefault(
            row.agency,
            SupplyOut(
                agency=row.agency, feed=SYSTEM, title="民政业务系统导出", legal_basis=BASIS, purpose="社会救助登记",
                deliveries=0, rows=0, effect={}, stored=0, deleted=0, files_deleted=0, last_deleted_at=None,
            ),
        )  # fmt: skip
        one.deliveries += 1
        one.rows += row.rows_total
        one.files_deleted += 1  # the file itself is never kept
        for outcome, count in row.counts.items():
            one.effect[outcome] = one.effect.get(outcome, 0) + count
            one.stored += count if outcome != "rejected" else 0
    return sorted(found.values(), key=lambda one: one.agency)
