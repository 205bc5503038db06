"""The fund flow as a table and as a sheet: how much came, went on, was paid, came back, and does not match (A8)."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from kit.limits import TooManyRequests, dear
from kit.problems import REFUSALS, problems
from kit.sheets_out import XLSX, Column, Sheet, Value, book
from kit.watermarks import Watermark
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.coverage.rules import TITLES
from registry.desk import Desk, writes
from registry.money.books import attached, yuan
from registry.money.flow import Flow, Level, flows, levels
from registry.payments import summary, unowed
from registry.payments.api import Span
from registry.payments.problems import MonthsUnordered
from registry.payments.store import Wanted
from registry.registers import store
from registry.registers.api import subtree
from registry.registers.declared.fund_flow import LEVELS
from registry.registers.placing import Clerk
from registry.registers.telling import contents
from registry.times import Asked

router = APIRouter(tags=["fund-flow"])
Reader = Annotated[Desk, Depends(writes("payments:read", "registers:read"))]
FLOW = "fund-flow"
FIGURES = ("source_fen", "allocated_fen", "disbursed_fen", "withdrawn_fen", "payments", "payout_fen", "returned_fen",
           "open_fen", "unallocated_fen", "undisbursed_fen", "unpaid_fen", "dead_payments", "dead_fen",
           "after_end_payments", "after_end_fen")  # fmt: skip


class FlowFigures(BaseModel):
    """Amounts in fen. unallocated = source − allocated; undisbursed = allocated − withdrawn − disbursed;
    unpaid = disbursed − (payout − returned). `open_fen` is what the bank has not answered. Paid to the dead, and after
    the end of support: not counting what came back."""

    source_fen: int
    allocated_fen: int
    disbursed_fen: int
    withdrawn_fen: int
    payments: int
    payout_fen: int
    returned_fen: int
    open_fen: int
    unallocated_fen: int
    undisbursed_fen: int
    unpaid_fen: int
    dead_payments: int
    dead_fen: int
    after_end_payments: int
    after_end_fen: int


class FlowRowOut(FlowFigures):
    """One programme's month."""

    month: str
    programme: str


class FlowLevelOut(BaseModel):
    """What one level of government gave to it; the levels sum to the row of their month and programme."""

    month: str
    programme: str
    level: str
    source_fen: int
    allocated_fen: int
    disbursed_fen: int
    withdrawn_fen: int


class FundFlowOut(FlowFigures):
    """All rows, those of the levels, and the sums of the rows."""

    rows: list[FlowRowOut]
    levels: list[FlowLevelOut]


@router.get("/fund-flow", responses=problems(*REFUSALS, AreaUnknown, MonthsUnordered))
def get_fund_flow(desk: Reader, wanted: Span) -> FundFlowOut:
    """Source → allocation → disbursement → payout → bank return, by month and programme, as known at a moment; what
    each step has not handed on; what was paid to the dead and after the end. Allocations are written in the register
    `fund-flow`."""
    return _flow(desk, wanted)


@router.get(
    "/fund-flow.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(TooManyRequests, *REFUSALS, AreaUnknown, MonthsUnordered)},
)
def export_fund_flow(desk: Reader, wanted: Span) -> Response:
    """The same as a workbook: the months, and the levels. Figures only: nobody is named."""
    told = _flow(desk, wanted)
    mark = Watermark.of(desk.caller)
    sheets = [
        Sheet("资金流转", ROW_COLUMNS, _cells(told), ("金额单位：元",)),
        Sheet("分级次", LEVEL_COLUMNS, _level_cells(told.levels), ("金额单位：元",)),
    ]
    note(desk.session, desk.ring, desk.caller, "fund-flow.export", mark.mark_id, of=wanted.area or desk.caller.area)
    return attached(book(sheets, mark.line), "fund-flow.xlsx")


def _flow(desk: Desk, wanted: Wanted) -> FundFlowOut:
    session, caller = desk.session, desk.caller
    require(session, caller, wanted.area)
    clauses, asked = wanted.clauses(session, caller), Asked(known_at=wanted.known_at)
    clerk = Clerk.of(desk)
    opened = contents(clerk, store.live(clerk, FLOW, subtree(wanted.area), asked))
    given = levels(content.values for _, content in opened if _meant(wanted, content.values))
    doubtful = unowed.find(session, caller, clauses, asked)
    people = sorted({one.payment.person_id for one in doubtful if one.payment.person_id})
    note(session, desk.ring, caller, "fund-flow.read", None, persons=people)
    rows = [_row(one) for one in flows(given, summary.summary(session, caller, clauses).rows, doubtful)]
    totals = {name: sum(getattr(row, name) for row in rows) for name in FIGURES}
    return FundFlowOut(rows=rows, levels=[_level(one) for one in given], **totals)


def _meant(wanted: Wanted, values: dict[str, str]) -> bool:
    month = values["period"]
    return (
        (wanted.first is None or wanted.first <= month)
        and (wanted.last is None or month <= wanted.last)
        and wanted.programme in {None, values["programme"]}
    )


def _steps(one: Flow | Level) -> dict[str, int]:
    return {f"{step}_fen": fen for step, fen in one.steps.items()}


def _row(one: Flow) -> FlowRowOut:
    return FlowRowOut(
        month=one.month,
        programme=one.programme,
        **_steps(one),
        payments=one.payments,
        payout_fen=one.payout,
        returned_fen=one.returned,
        open_fen=one.open,
        unallocated_fen=one.unallocated,
        undisbursed_fen=one.undisbursed,
        unpaid_fen=one.unpaid,
        dead_payments=len(one.dead),
        dead_fen=sum(one.dead),
        after_end_payments=len(one.after_end),
        after_end_fen=sum(one.after_end),
    )


def _level(one: Level) -> FlowLevelOut:
    return FlowLevelOut(month=one.month, programme=one.programme, level=one.level, **_steps(one))


_TITLES = ("筹集", "下达", "拨付", "收回", "发放笔数", "发放", "银行退回", "未回盘", "未下达", "未拨付", "未发放",
           "死亡后发放笔数", "死亡后发放", "停保后发放笔数", "停保后发放")  # fmt: skip
_FIRST = (Column("年月", 10), Column("救助类别", 14))
ROW_COLUMNS = (*_FIRST, *(Column(title, 14, text=False) for title in _TITLES))
LEVEL_COLUMNS = (*_FIRST, Column("级次", 10), *(Column(title, 14, text=False) for title in _TITLES[:4]))


def _cells(told: FundFlowOut) -> Iterable[Sequence[Value]]:
    for row in told.rows:
        yield [row.month, TITLES[row.programme], *_figures(row)]
    yield ["合计", None, *_figures(told)]


def _figures(row: FlowFigures) -> list[Value]:
    return [getattr(row, name) if name.endswith("payments") else yuan(getattr(row, name)) for name in FIGURES]


def _level_cells(rows: Iterable[FlowLevelOut]) -> Iterable[Sequence[Value]]:
    for row in rows:
        fen = (row.source_fen, row.allocated_fen, row.disbursed_fen, row.withdrawn_fen)
        yield [row.month, TITLES[row.programme], LEVELS[row.level], *map(yuan, fen)]
