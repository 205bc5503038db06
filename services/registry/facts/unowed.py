"""Payments nobody was owed any more, by subject and programme, in whole columns: the rule is payments/unowed.py's."""

from typing import Any

import polars as pl
from sqlalchemy import String, cast, func, select, true
from sqlmodel import col

from kit.bulk import select_frame
from kit.scope import within
from registry.coverage.tables import Coverage
from registry.facts.ground import TEXT, Ground, people, shaped
from registry.facts.paid import account_tokens, mine, payments, sourced
from registry.payments.tables import Payment
from registry.payments.unowed import paid_after, ways
from registry.persons.tables import PersonVersion
from registry.times import NOW, believed, standing

HELD = {"unit": TEXT, "person_id": TEXT, "programme": TEXT, "begins": TEXT, "ends": TEXT}
PAID = {
    "subject_id": TEXT, "source": TEXT, "household_id": TEXT, "name": TEXT, "payee": TEXT, "programme": TEXT,
    "kind": TEXT, "account_id": TEXT, "month": TEXT, "fen": pl.Int64, "paid_on": pl.Date, "payment_id": TEXT,
    "person_id": TEXT,
}  # fmt: skip


def unowed_payment(ground: Ground) -> pl.DataFrame:
    """Paid after the support of all of them had ended, or after the beneficiary's death with nobody left to be owed."""
    rows = judged(_candidates(ground), _held(ground), _died(ground)).filter("unowed")
    months = (
        mine(ground, rows)
        .sort("month", "payment_id")
        .group_by("subject_id", "programme", maintain_order=True)
        .agg(
            pl.col("payee", "account_id", "source").first(),
            first=pl.col("month").first(),
            last=pl.col("month").last(),
            number=pl.col("fen").sum() / 100,
            count=pl.col("month").n_unique(),
            dead=pl.col("dead").any(),
        )
    )
    told = sourced(months).with_columns(
        text="payee",
        code=pl.when("dead").then(pl.lit("dead")).otherwise(pl.lit("ended")),
        about=account_tokens(ground, months["account_id"]),
        valid_from=pl.col("first").str.to_date("%Y-%m"),
        valid_to=pl.col("last").str.to_date("%Y-%m").dt.month_end(),
    )
    return shaped("unowed-payment", told)


def judged(paid: pl.DataFrame, held: pl.DataFrame, died: pl.DataFrame) -> pl.DataFrame:
    """`paid` with `dead` and `unowed`. Pure. `held` (HELD): periods by whose they are; `died`: person_id → month."""
    gone = dict(died.iter_rows())
    paid = paid.with_columns(
        unit=pl.coalesce("household_id", "person_id"),
        dead=(_month(gone) < pl.col("month")).fill_null(value=False),
    )
    held = held.with_columns(gone=_month(gone)).drop("person_id")
    every = paid.select("payment_id", "unit", "programme", "month").join(held, on=["unit", "programme"])
    month = pl.col("month")
    runs = (pl.col("begins") <= month) & (pl.col("ends").is_null() | (pl.col("ends") >= month))
    alive = pl.col("gone").is_null() | (pl.col("gone") >= month)
    said = every.group_by("payment_id").agg(owed=(runs & alive).any(), ended=(pl.col("ends") < month).any())
    paid = paid.join(said, on="payment_id", how="left", maintain_order="left")
    owed, ended = (pl.col(name).fill_null(value=False) for name in ("owed", "ended"))
    return paid.with_columns(unowed=~owed & (pl.col("dead") | ended)).drop("unit", "owed", "ended")


def _month(gone: dict[str, str]) -> pl.Expr:
    return pl.col("person_id").replace_strict(gone, default=None, return_dtype=pl.String)


def _candidates(ground: Ground) -> pl.DataFrame:
    """Payments of whoever's support of that kind ended before, or who had died before."""
    found = []
    for whose, is_theirs in ways(NOW, lambda _: true()):  # what is told of them `judged` finds by what is seen
        query = payments(ground, *paid_after(whose)).join(whose, is_theirs)
        query = query.add_columns(col(Payment.payment_id), col(Payment.person_id))
        found.append(select_frame(ground.session, query, PAID))
    return pl.concat(found).unique("payment_id", keep="first", maintain_order=True)


def _month_of(day: Any) -> Any:
    return func.substr(cast(day, String), 1, 7)


def _died(ground: Ground) -> pl.DataFrame:
    """The month each of the caller's people died in."""
    query = select(col(PersonVersion.person_id), _month_of(PersonVersion.died_on)).where(
        *standing(PersonVersion, NOW), col(PersonVersion.died_on).is_not(None)
    )
    found = select_frame(ground.session, query, {"person_id": TEXT, "month": TEXT})
    return found.join(people(ground), on="person_id", how="semi")


def _held(ground: Ground) -> pl.DataFrame:
    """Periods once as their household's and once as their person's."""
    common = (col(Coverage.person_id), col(Coverage.programme), _month_of(Coverage.start), _month_of(Coverage.end))
    found = []
    for unit in (Coverage.household_id, Coverage.person_id):
        query = select(col(unit).label("unit"), *common).where(
            *believed(Coverage, NOW), within(ground.caller, col(Coverage.area)), col(unit).is_not(None)
        )
        found.append(select_frame(ground.session, query, HELD))
    return pl.concat(found)
