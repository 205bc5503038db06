"""The month's sheet of 停发 and 核减, as a list and as a workbook (W1, W2)."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, problems
from kit.reveals import Seen
from kit.shapes import Month, UnderArea
from kit.sheets_out import XLSX, Column, Sheet, Value, book
from kit.watermarks import Watermark
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.reveals import EXPORT_PROBLEMS, AskedExport, tell
from registry.audit.store import note
from registry.coverage.codes import END_REASONS, word_of
from registry.coverage.rules import TITLES
from registry.desk import Desk, writes
from registry.money.books import attached, yuan
from registry.money.exits import KINDS, Exit, Looking, sheet
from registry.money.people import Known, known
from registry.registers.api import subtree
from registry.registers.problems import ListTooLong
from registry.settings import today

router = APIRouter(tags=["exits"])
Reader = Annotated[Desk, Depends(writes("registry:read", "payments:read", "cases:read"))]
Asked = Annotated[Month | None, Query(description="The first month without (or with less) support; the present one")]
MOST_ROWS = 10_000
NOTED = 1000


class ExitLineOut(BaseModel):
    """One line: what happened from which month, on what ground, and what was paid after all the same (fen)."""

    kind: Literal["ended", "suspended", "left", "reduced"]
    coverage_id: str
    person_id: str
    household_id: str | None
    household_number: str | None
    name: str | None
    area: str
    programme: str
    from_month: str
    reason: str | None
    before_fen: int | None
    now_fen: int | None
    outcomes: list[str]
    months_after: int
    paid_after_fen: int


class ExitSheetOut(BaseModel):
    """A page of the month's sheet; the sums are of the whole sheet."""

    month: str
    lines: int
    paid_after_fen: int
    items: list[ExitLineOut]
    cursor: str | None


@router.get("/exits", responses=problems(*REFUSALS, CursorInvalid, AreaUnknown))
def list_exits(desk: Reader, page: Paged, area: UnderArea = None, month: Asked = None) -> ExitSheetOut:
    """Whose support ended, was suspended or fell from that month on: by which outcome of a visit or which reason, and
    payments after the end. Names are masked."""
    asked = _asked(desk, area, month)
    lines = sheet(asked)
    after = page.after("exit", ["", "", "", ""])
    part = [one for one in lines if list(one.key) > after][: page.limit]
    who = _known(desk, part)
    note(desk.session, desk.ring, desk.caller, "exit.list", None, persons=sorted({one.row.person_id for one in part}))
    return ExitSheetOut(
        month=asked.month,
        lines=len(lines),
        paid_after_fen=sum(one.fen_after for one in lines),
        items=[_out(one, who) for one in part],
        cursor=page.onwards("exit", list(part[-1].key) if part else None, full=len(part) == page.limit),
    )


@router.get(
    "/exits/export.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}},
        **problems(TooManyRequests, *REFUSALS, AreaUnknown, *EXPORT_PROBLEMS, ListTooLong),
    },
)
def export_exits(desk: Reader, unmasked: AskedExport, area: UnderArea = None, month: Asked = None) -> Response:
    """The month's sheet as a workbook, watermarked; masked unless `identity=full` with a token whose purpose is to
    reveal, and a reason: everybody on it is then counted."""
    asked = _asked(desk, area, month)
    lines = sheet(asked)
    if len(lines) > MOST_ROWS:
        raise ListTooLong(limit=MOST_ROWS)
    revealed, who = unmasked.of(desk.caller), _known(desk, lines)
    if revealed:
        tell(desk, [Seen(one.row.person_id, one.row.area) for one in lines])
    mark = Watermark.of(desk.caller, "full" if revealed else "masked", unmasked.reason)
    rows = [_cells(one, who, revealed=revealed) for one in lines]
    head = f"{asked.month} 停发、核减名单　共 {len(lines)} 条"
    content = book([Sheet("停发核减", COLUMNS, rows, (head,))], mark.line)
    for start in range(0, max(len(lines), 1), NOTED):
        people = sorted({one.row.person_id for one in lines[start : start + NOTED]})
        told = {"revealed": revealed, "reason": unmasked.reason, "persons": people}
        note(desk.session, desk.ring, desk.caller, "exit.export", mark.mark_id, **told)
    return attached(content, f"exits-{asked.month}.xlsx")


def _asked(desk: Desk, area: str | None, month: str | None) -> Looking:
    require(desk.session, desk.caller, area)
    return Looking(desk.session, desk.caller, month or today(desk.settings).isoformat()[:7], subtree(area))


def _known(desk: Desk, lines: Sequence[Exit]) -> Known:
    of = ([one.row.person_id for one in lines], [one.row.household_id for one in lines])
    return known(desk.session, desk.ring, desk.caller, of)


def _out(one: Exit, who: Known) -> ExitLineOut:
    return ExitLineOut(
        kind=one.kind,
        coverage_id=one.row.coverage_id,
        person_id=one.row.person_id,
        household_id=who.mine(one.row.household_id),
        household_number=who.number_of(one.row.household_id),
        name=who.told(one.row.person_id, revealed=False)[0],
        area=one.row.area,
        programme=one.row.programme,
        from_month=one.from_month,
        reason=one.reason,
        before_fen=one.before,
        now_fen=one.now,
        outcomes=list(one.outcomes),
        months_after=one.months_after,
        paid_after_fen=one.fen_after,
    )


COLUMNS = (
    Column("区划代码", 15), Column("户号", 14), Column("姓名", 12), Column("身份证号", 21), Column("救助类别", 14),
    Column("变动", 14), Column("起始年月", 10), Column("原月保障金（元）", 12, text=False),
    Column("现月保障金（元）", 12, text=False), Column("原因", 16), Column("核查结果", 26),
    Column("停后仍发月数", 10, text=False), Column("停后仍发金额（元）", 14, text=False),
)  # fmt: skip


def _cells(one: Exit, who: Known, *, revealed: bool) -> list[Value]:
    name, number = who.told(one.row.person_id, revealed=revealed)
    amounts = [None if fen is None else yuan(fen) for fen in (one.before, one.now)]
    return [
        one.row.area, who.number_of(one.row.household_id), name, number, TITLES[one.row.programme], KINDS[one.kind],
        one.from_month, *amounts, _reason(one), "；".join(one.outcomes), one.months_after, yuan(one.fen_after),
    ]  # fmt: skip


PAUSES = {"review-overdue": "逾期未复核", "account": "账户异常", "away": "外出失联", "under-review": "复核中",
          "job-refused": "无故不接受就业", "other": "其他"}  # fmt: skip


def _reason(one: Exit) -> str | None:
    return PAUSES.get(one.reason or "") if one.kind == "suspended" else word_of(END_REASONS, one.reason)
