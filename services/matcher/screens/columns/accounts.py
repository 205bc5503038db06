"""Whose account the money goes to: payees that are strangers to the household, accounts that serve several of them."""

import polars as pl

from china.masks import mask_name_expr
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.payments import PAYMENTS_SINCE, not_housed, payouts
from matcher.screens.parameters import Whole, Words

PAYEES_EXCUSED = Words(
    "payees_excused", "户名与对象不一致但不算疑点的领款人", ("head", "member", "custodian", "unstated"), empty=True
)
PAYEE_GRACE_MONTHS = Whole("payee_grace_months", "家人死亡后变更账户的宽限月数", 0, 12, "月")
SHARED_ACCOUNT_HOUSEHOLDS = Whole("shared_account_households", "一个账户为几户领款算疑点", 2, 1000, "户")
ACCOUNT_PAYMENTS_A_MONTH = Whole("account_payments_a_month", "一个账户一月内正常的发放笔数", 1, 1000, "笔")


def columns(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """What the functions below say, of each person for the household's sake."""
    paid = payouts(known)
    homes = frame.select("subject_id", home=_home())
    for part in (_strangers(frame, paid, known), _shared(homes, paid, known), _busy(paid, known)):
        frame = frame.join(part, on="subject_id", how="left", maintain_order="left")
    return frame


def _home() -> pl.Expr:
    """The household; whoever has none is one."""
    return pl.coalesce("household_key", "subject_id")


def _strangers(frame: pl.DataFrame, paid: pl.DataFrame, known: Known) -> pl.DataFrame:
    """paid_to_other, other_payee, other_accounts, other_since, other_until, other_yuan, other_payments, payee_records.

    Names are compared by the registry; reasons are read in masked lists, so they are told masked. A stretch wholly
    within the months after a death in the household is excused: the account is changed then, and who the head was is
    not told here, so any death of the household counts.
    """
    fine = ["same", *PAYEES_EXCUSED.of(known.parameters)]
    doubted = paid.filter(pl.col("code").is_not_null() & ~pl.col("code").is_in(fine))
    died = frame.filter(pl.col("died").is_not_null()).select("died", home=_home())
    until = pl.col("died").dt.offset_by(f"{PAYEE_GRACE_MONTHS.of(known.parameters)}mo").dt.month_end()
    graced = doubted.join(frame.select("subject_id", home=_home()), on="subject_id").join(died, on="home")
    graced = graced.filter((pl.col("died").dt.month_start() <= pl.col("valid_from")) & (pl.col("valid_to") <= until))
    left = doubted.join(graced.select("row"), on="row", how="anti", maintain_order="left")
    left = left.sort("valid_to", "valid_from", descending=True, nulls_last=False, maintain_order=True)
    return left.group_by("subject_id", maintain_order=True).agg(
        paid_to_other=pl.lit(True),
        other_payee=mask_name_expr(pl.col("text")).drop_nulls().unique(maintain_order=True).head(3).str.join("、"),
        other_accounts=pl.col("about").drop_nulls().unique().sort().str.join(" "),
        other_since=pl.col("valid_from").min(),
        other_until=pl.col("valid_to").max(),
        other_yuan=pl.col("number").sum(),
        other_payments=pl.col("count").sum(),
        payee_records=distinct(pl.col("record")),
    )


def _shared(homes: pl.DataFrame, paid: pl.DataFrame, known: Known) -> pl.DataFrame:
    """account_shared, account_households, account_people, shared_account, holds_account, shared_records.

    A registered custodian's account serves others by design: how many is another screen's. `holds_account`: every
    account of many households that somebody's money goes to is that person's own.
    """
    custody = (pl.col("code") == "custodian").fill_null(False)
    rows = paid.filter(pl.col("about").is_not_null() & ~custody).join(homes, on="subject_id", how="left")
    rows = rows.with_columns(home=pl.coalesce("home", "subject_id"))
    each = rows.group_by("about").agg(
        account_households=pl.col("home").n_unique(), account_people=pl.col("subject_id").n_unique()
    )
    many = each.filter(pl.col("account_households") >= SHARED_ACCOUNT_HOUSEHOLDS.of(known.parameters))
    mine = rows.join(many, on="about").with_columns(holds=(pl.col("code") == "same").any().over("subject_id", "about"))
    mine = mine.sort("holds", "account_households", "row", descending=[False, True, False])
    return mine.group_by("subject_id", maintain_order=True).agg(
        account_shared=pl.lit(True),
        account_households=pl.col("account_households").first(),
        account_people=pl.col("account_people").first(),
        shared_account=pl.col("about").first(),
        holds_account=pl.col("holds").all(),
        shared_records=distinct(pl.col("record")),
    )


def _busy(paid: pl.DataFrame, known: Known) -> pl.DataFrame:
    """account_busy, account_payments, account_month, busy_records: the month in which an account took in the most.

    Not of an account that somebody's registered custodian took that month's money in by, for this person and others.
    """
    p = known.parameters
    found = known.of_kind("account-peak").filter(
        (pl.col("count") > ACCOUNT_PAYMENTS_A_MONTH.of(p)) & (pl.col("valid_from") >= PAYMENTS_SINCE.of(p))
    )
    custody = paid.filter(pl.col("code") == "custodian").select(
        "subject_id", "about", since="valid_from", until="valid_to"
    )
    kept = found.join(custody, on=["subject_id", "about"])
    kept = kept.filter((pl.col("since") <= pl.col("valid_from")) & (pl.col("valid_to") <= pl.col("until")))
    found = found.join(
        kept.select("subject_id", "about", "valid_from"), on=["subject_id", "about", "valid_from"], how="anti"
    )
    found = not_housed(found, known).sort("count", "valid_from", descending=True, maintain_order=True)
    return found.group_by("subject_id", maintain_order=True).agg(
        account_busy=pl.lit(True),
        account_payments=pl.col("count").first(),
        account_month=pl.col("valid_from").first(),
        busy_records=distinct(pl.col("record")),
    )
