"""Records of use, as the regulation on sharing government data asks for them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from kit.auth import Caller, requires
from kit.problems import problems
from kit.sheets_out import XLSX
from kit.usage import Asked, PeriodWrong, UsageOut, usage_out, uses, workbook
from kit.web import Writing
from matcher.api.door import REFUSALS
from matcher.audit.store import note, within_journal
from matcher.audit.tables import Journal
from matcher.audit.words import DEEDS
from matcher.flows.count_usage import supplies

router = APIRouter(tags=["oversight"])
Auditor = Annotated[Caller, Depends(requires("audit:read"))]
STORAGE = "比对服务数据目录：加密列存分块（逐批）；数据库只存数量、关联与线索（身份信息加密）"


def counted(request: Request, session: Writing, caller: Auditor, asked: Asked) -> UsageOut:
    """The records of the period, the look itself recorded."""
    used = uses(session, Journal, within_journal(caller), asked, DEEDS)
    supplied = supplies(session, caller, asked)
    note(session, request.app.state.ring, caller, "usage.read", None, first=str(asked.first), last=str(asked.last))
    return usage_out(asked, STORAGE, used, supplied)


Counted = Annotated[UsageOut, Depends(counted)]


@router.get("/audit/usage", responses=problems(*REFUSALS, PeriodWrong))
def get_usage(usage: Counted) -> UsageOut:
    """Who used data of the caller's area in which scene and how often; what each agency supplied under which feed, its
    effect, its storage and its destruction."""
    return usage


@router.get(
    "/audit/usage.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(*REFUSALS, PeriodWrong)},
)
def get_usage_workbook(usage: Counted) -> Response:
    """The same as a workbook in Chinese."""
    headers = {"Content-Disposition": 'attachment; filename="usage.xlsx"'}
    return Response(workbook(usage), media_type=XLSX, headers=headers)
