"""The greatest month of each subject and year, and the busiest month of an account (A4)."""

from typing import Any

import polars as pl
from sqlalchemy import BigInteger, Subquery, and_, cast, func, select
from sqlmodel import col

from kit.bulk import select_frame
from registry.facts.ground import TEXT, Ground, shaped
from registry.facts.paid import account_tokens, made, mine, payments, sourced, total
from registry.payments.tables import Payment

MONTH = {
    "valid_from": pl.col("month").str.to_date("%Y-%m"),
    "valid_to": pl.col("month").str.to_date("%Y-%m").dt.month_end(),
}


def payout_peak(ground: Ground) -> pl.DataFrame:
    """Of each subject, calendar year and kind of payment the month with the greatest sum; of equal ones the first. The
    account is the one most of it went to."""
    rows = payments(ground).subquery("rows")
    of = (rows.c.subject_id, rows.c.kind, rows.c.month)
    by_account = (
        select(
            *of, rows.c.account_id, func.count().label("payments"), total(rows.c.amount_fen).label("fen"),
            func.min(rows.c.source).label("source"),
        )
        .group_by(*of, rows.c.account_id)
        .subquery("by_account")
    )  # fmt: skip
    found = _greatest(_summed(by_account))
    shape = {
        "subject_id": TEXT, "text": TEXT, "month": TEXT, "account_id": TEXT, "source": TEXT, "fen": pl.Int64,
        "count": pl.Int64,
    }  # fmt: skip
    frame = mine(ground, select_frame(ground.session, found, shape))
    told = sourced(frame).with_columns(
        code=pl.lit("month"), number=pl.col("fen") / 100, about=account_tokens(ground, frame["account_id"]), **MONTH
    )
    return shaped("payout-peak", told)


def _summed(by_account: Subquery) -> Subquery:
    """Each month's sums over its accounts, on the row of the account most of it went to."""
    one = by_account.c
    month = (one.subject_id, one.kind, one.month)
    place = func.row_number().over(partition_by=month, order_by=(one.fen.desc(), one.account_id))
    fen, number = (cast(func.sum(of).over(partition_by=month), BigInteger) for of in (one.fen, one.payments))
    return select(
        *month, one.account_id, one.source, fen.label("fen"), number.label("payments"), place.label("place")
    ).subquery("summed")


def _greatest(summed: Subquery) -> Any:
    one = summed.c
    year = func.substr(one.month, 1, 4)
    place = func.row_number().over(partition_by=(one.subject_id, one.kind, year), order_by=(one.fen.desc(), one.month))
    ranked = select(summed, place.label("rank")).where(one.place == 1).subquery("ranked")
    return select(
        ranked.c.subject_id, ranked.c.kind, ranked.c.month, ranked.c.account_id, ranked.c.source, ranked.c.fen,
        ranked.c.payments,
    ).where(ranked.c.rank == 1)  # fmt: skip


def account_peak(ground: Ground) -> pl.DataFrame:
    """Of each subject and each account the month of theirs in which the account got the most payments, whoever they
    were of; where it never got two in a month, nothing."""
    busy = (
        select(col(Payment.account_id), col(Payment.month), func.count().label("payments"))
        .where(made(ground), col(Payment.account_id).is_not(None))
        .group_by(col(Payment.account_id), col(Payment.month))
        .having(func.count() > 1)
        .subquery("busy")
    )
    rows = payments(ground).subquery("rows")
    of = (rows.c.subject_id, rows.c.account_id, rows.c.month, busy.c.payments)
    there = (
        select(*of, func.min(rows.c.source).label("source"))
        .join(busy, and_(busy.c.account_id == rows.c.account_id, busy.c.month == rows.c.month))
        .group_by(*of)
        .subquery("there")
    )
    one = there.c
    place = func.row_number().over(
        partition_by=(one.subject_id, one.account_id), order_by=(one.payments.desc(), one.month)
    )
    ranked = select(there, place.label("place")).subquery("ranked")
    names = ("subject_id", "account_id", "month", "source", "payments")
    query = select(*(ranked.c[name] for name in names)).where(ranked.c.place == 1)
    shape = {"subject_id": TEXT, "account_id": TEXT, "month": TEXT, "source": TEXT, "count": pl.Int64}
    frame = mine(ground, select_frame(ground.session, query, shape))
    told = sourced(frame).with_columns(about=account_tokens(ground, frame["account_id"]), **MONTH)
    return shaped("account-peak", told)
