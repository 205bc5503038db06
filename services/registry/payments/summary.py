"""Sums of payments by month, programme and township. They are made of whole fen by the database and add up."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlmodel import Session, col

from kit.auth import Caller
from registry.payments.schemas import PaymentSummaryOut, SumOut
from registry.payments.store import visible
from registry.payments.tables import Payment

FIGURES = ("payments", "amount_fen", "paid_fen", "returned_fen", "open_fen")


def summary(session: Session, caller: Caller, clauses: list[ColumnElement[bool]]) -> PaymentSummaryOut:
    """What was paid, what came back, and what the bank has not answered."""
    township = func.substr(col(Payment.area), 1, 9)
    groups = (col(Payment.month), col(Payment.programme), township)
    of_state = [
        func.sum(case((col(Payment.bank_return) == state, col(Payment.amount_fen)), else_=0))
        for state in ("paid", "returned", "none")
    ]
    query = (
        select(*groups, func.count(), func.sum(col(Payment.amount_fen)), *of_state)
        .where(visible(caller), *clauses)
        .group_by(*groups)
        .order_by(*groups)
    )
    rows = [
        SumOut(month=month, programme=programme, area=f"{place}000", **_named(figures))
        for month, programme, place, *figures in session.execute(query)
    ]
    return PaymentSummaryOut(rows=rows, **{name: sum(getattr(row, name) for row in rows) for name in FIGURES})


def _named(figures: Iterable[Any]) -> dict[str, int]:
    return dict(zip(FIGURES, map(int, figures), strict=True))
