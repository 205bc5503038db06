"""The reserve funds of the townships: the board by month, and what each holds on a day (E10)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from kit.problems import REFUSALS, problems
from kit.shapes import Month, UnderArea
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.desk import Desk, reads
from registry.money.reserve import Movement, balances, board
from registry.payments.problems import MonthsUnordered
from registry.registers import store
from registry.registers.api import subtree
from registry.registers.beside import doubted
from registry.registers.catalogue import REGISTERS
from registry.registers.placing import Clerk
from registry.registers.telling import contents
from registry.settings import today
from registry.times import Asked, KnownAt

router = APIRouter(tags=["reserve-funds"])
Reader = Annotated[Desk, Depends(reads("registers:read"))]
From = Annotated[Month | None, Query(alias="from", description="First month, YYYY-MM; the fund's first by default")]
To = Annotated[Month | None, Query(alias="to", description="Last month, YYYY-MM; the present by default")]
FUND = REGISTERS["reserve-fund"]


class ReserveMonthOut(BaseModel):
    """One fund's month in fen: opening + in − out = closing. `doubts` count what is doubted of its entries."""

    area: str
    fund: str
    month: str
    opening_fen: int
    opened_fen: int
    top_up_fen: int
    receipt_fen: int
    return_fen: int
    payment_fen: int
    surrender_fen: int
    in_fen: int
    out_fen: int
    closing_fen: int
    movements: int
    doubts: int


class ReserveBoardOut(BaseModel):
    """Funds by township and month; no names."""

    rows: list[ReserveMonthOut]


class ReserveBalanceOut(BaseModel):
    """What a fund holds at the end of the day."""

    area: str
    fund: str
    balance_fen: int


class ReserveBalancesOut(BaseModel):
    """Every fund on a day, and all together."""

    on: date
    funds: list[ReserveBalanceOut]
    balance_fen: int


@router.get("/reserve-funds", responses=problems(*REFUSALS, AreaUnknown, MonthsUnordered))
def list_reserve_months(
    desk: Reader, area: UnderArea = None, first: From = None, last: To = None, known_at: KnownAt = None
) -> ReserveBoardOut:
    """Each township's reserve fund by month: opening, what came in and went out by kind, closing, doubts. Movements are
    written in the register `reserve-fund`, one by one or as a sheet."""
    until = last or today(desk.settings).isoformat()[:7]
    if first is not None and first > until:
        raise MonthsUnordered
    movements = _movements(desk, area, Asked(known_at=known_at))
    clerk = Clerk.of(desk)
    wrong = Counter(
        (Movement(row.area, content.values).of, str(content.values["booked_on"])[:7])
        for (row, content), _ in doubted(clerk, FUND)
    )
    wrong.update(
        (Movement(row.area, content.values).of, str(content.values["booked_on"])[:7])
        for row, content in contents(clerk, store.live(clerk, FUND.id))
        for doubt in FUND.doubts
        if doubt.holds(content.values, clerk.day)
    )
    return ReserveBoardOut(
        rows=[
            ReserveMonthOut(
                area=one.area,
                fund=one.fund,
                month=one.month,
                opening_fen=one.opening,
                opened_fen=one.by_kind["opening"],
                top_up_fen=one.by_kind["top-up"],
                receipt_fen=one.by_kind["receipt"],
                return_fen=one.by_kind["return"],
                payment_fen=one.by_kind["payment"],
                surrender_fen=one.by_kind["surrender"],
                in_fen=one.came_in,
                out_fen=one.went_out,
                closing_fen=one.closing,
                movements=one.movements,
                doubts=wrong[(one.area, one.fund), one.month],
            )
            for one in board(movements, first, until)
        ]
    )


@router.get("/reserve-funds/balances", responses=problems(*REFUSALS, AreaUnknown))
def list_reserve_balances(
    desk: Reader, area: UnderArea = None, on: date | None = None, known_at: KnownAt = None
) -> ReserveBalancesOut:
    """What each fund holds at the end of a day, today by default, to the fen."""
    day = on or today(desk.settings)
    found = balances(_movements(desk, area, Asked(known_at=known_at)), day)
    funds = [ReserveBalanceOut(area=of[0], fund=of[1], balance_fen=fen) for of, fen in found.items()]
    return ReserveBalancesOut(on=day, funds=funds, balance_fen=sum(found.values()))


def _movements(desk: Desk, area: str | None, asked: Asked) -> Sequence[Movement]:
    require(desk.session, desk.caller, area)
    clerk = Clerk.of(desk)
    rows = store.live(clerk, FUND.id, subtree(area), asked)
    return [Movement(row.area, content.values) for row, content in contents(clerk, rows)]
