"""Payments since 2018 as the database adds them up: by whom they are told of, never one by one.

What came back from the bank was not paid. A county's ledger is millions of rows: the months in a row, the greatest
month and the busiest account are found by the database, and only what it found is looked at here.
"""

from typing import Any

import polars as pl
from sqlalchemy import BigInteger, Integer, Select, String, and_, cast, func, select
from sqlmodel import col

from kit.bulk import select_frame
from registry.facts.ground import FIRST_DAY, TEXT, Ground, people, whose_homes
from registry.payments.known import ACCOUNTS
from registry.payments.store import visible
from registry.payments.tables import Payment, PaymentAccount
from registry.persons.tables import Person
from registry.times import NOW, believed

SINCE = FIRST_DAY.isoformat()[:7]
BULK = 500


def number_of(month: Any) -> Any:
    """YYYY-MM → months since the year nought."""
    return cast(func.substr(month, 1, 4), Integer) * 12 + cast(func.substr(month, 6, 2), Integer) - 1


def payments(ground: Ground, *clauses: Any) -> Select[Any]:
    """Query for the payments that were made and are told of somebody."""
    homes = whose_homes(ground).cte("homes")
    subject = func.coalesce(col(Person.survivor_id), col(Payment.person_id), homes.c.subject_id)
    source = col(Payment.source_import) + ":" + cast(col(Payment.source_line), String)
    names = ("household_id", "name", "payee", "programme", "kind", "account_id", "month", "amount_fen", "paid_on")
    return (
        select(subject.label("subject_id"), source.label("source"), *(getattr(Payment, name) for name in names))
        .join(Person, col(Person.person_id) == col(Payment.person_id), isouter=True)
        .join(
            homes,
            and_(col(Payment.person_id).is_(None), homes.c.household_id == col(Payment.household_id)),
            isouter=True,
        )
        .where(made(ground), *clauses)
    )


def made(ground: Ground) -> Any:
    """Of the payments of the caller's area those that were made since 2018, as believed now."""
    return and_(
        *believed(Payment, NOW),
        visible(ground.caller),
        col(Payment.bank_return) != "returned",
        col(Payment.month) >= SINCE,
    )


def stretches(ground: Ground) -> pl.DataFrame:
    """Months in a row, by subject, household, name, payee, programme and account."""
    rows = payments(ground).subquery("rows")
    key = ("subject_id", "household_id", "name", "payee", "programme", "account_id")
    keys = [rows.c[name] for name in key]
    # Of months in a row the number grows as fast as the place among the months paid: their difference names the run.
    at = func.dense_rank().over(partition_by=keys, order_by=rows.c.month)
    islands = select(rows, (number_of(rows.c.month) - at).label("island")).subquery("islands")
    keys = [islands.c[name] for name in key]
    month = islands.c.month
    found = select(
        *keys, number_of(func.min(month)), number_of(func.max(month)), func.count(), total(islands.c.amount_fen),
        func.min(islands.c.paid_on), func.min(islands.c.source),
    ).group_by(*keys, islands.c.island)  # fmt: skip
    shape = {
        **dict.fromkeys(key, TEXT), "first": pl.Int64, "last": pl.Int64, "payments": pl.Int64, "fen": pl.Int64,
        "paid_on": pl.Date, "source": TEXT,
    }  # fmt: skip
    return mine(ground, select_frame(ground.session, found, shape))


def total(column: Any) -> Any:
    """A sum of whole numbers as one: PostgreSQL makes a decimal of it."""
    return cast(func.sum(column), BigInteger)


def mine(ground: Ground, frame: pl.DataFrame) -> pl.DataFrame:
    """Those rows whose subject is registered within the caller's area."""
    return frame.join(people(ground), on="subject_id", how="semi", maintain_order="left")


def sourced(frame: pl.DataFrame) -> pl.DataFrame:
    """`source` as `batch_id` and `line`."""
    return frame.with_columns(
        batch_id=pl.col("source").str.split(":").list.first(),
        line=pl.col("source").str.split(":").list.last().cast(pl.Int64),
    )


def month_start(month: pl.Expr) -> pl.Expr:
    """Months since the year nought → the first day."""
    return pl.date(month // 12, month % 12 + 1, 1)


def account_tokens(ground: Ground, ids: pl.Series) -> pl.Series:
    """The token of each account: by its number, so that an account kept twice is one."""
    known: dict[str, str | None] = {}
    wanted = ids.drop_nulls().unique().to_list()
    for start in range(0, len(wanted), BULK):
        query = select(col(PaymentAccount.account_id), col(PaymentAccount.account_sealed)).where(
            col(PaymentAccount.account_id).in_(wanted[start : start + BULK])
        )
        rows = ground.session.execute(query).all()
        numbers = ground.ring.decrypt_all((row[1] for row in rows), ACCOUNTS.context)
        known |= {row[0]: account_token(ground, number) for row, number in zip(rows, numbers, strict=True)}
    return ids.replace_strict(known, default=None, return_dtype=pl.String)


def account_token(ground: Ground, number: str | None) -> str | None:
    """The token of an account by its number."""
    return ground.token("account", number)
