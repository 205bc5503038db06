"""Who was paid what into which account, month by month in a row (A3)."""

import polars as pl

from china.names import name_keys
from registry.facts.conduct import custodians_since
from registry.facts.ground import Ground, shaped
from registry.facts.paid import account_tokens, month_start, sourced, stretches
from registry.payments.accounts import kin_of
from registry.payments.payees import payees_are

KEY = ("subject_id", "programme", "about", "payee", "code")
SUMS = (
    pl.col("last").max(), pl.col("payments").sum(), pl.col("fen").sum(), pl.col("paid_on").min(),
    pl.col("source").min(),
)  # fmt: skip


def payout(ground: Ground) -> pl.DataFrame:
    """Each stretch of months in a row of one subject, programme, account and payee, with who the payee is."""
    found = joined(_judged(ground, with_tokens(ground)), KEY)
    days = {"valid_from": month_start(pl.col("first")), "valid_to": month_start(pl.col("last")).dt.month_end()}
    columns = {"text": pl.col("payee"), "number": pl.col("fen") / 100, "count": pl.col("payments"), **days}
    return shaped("payout", sourced(found).with_columns(**columns))


def with_tokens(ground: Ground) -> pl.DataFrame:
    """Stretches as the database finds them, accounts as tokens."""
    found = stretches(ground)
    return found.with_columns(about=account_tokens(ground, found["account_id"]))


def joined(rows: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """Stretches that touch or overlap are one: somebody may be paid under two entries, or as a household and by name.
    Pure; rows: the key, first, last (months), payments, fen, paid_on, source."""
    order = rows.sort(*key, "first", "last", nulls_last=True)
    # One pass over all: the first of a group begins anew whatever ended before it.
    reach = pl.col("last").cum_max().over(key).shift(1)
    begins = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in key)
    fresh = begins | (pl.col("first") > reach + 1)
    grouped = order.with_columns(stretch=fresh.cum_sum()).group_by("stretch", maintain_order=True)
    return grouped.agg(*(pl.col(name).first() for name in key), pl.col("first").min(), *SUMS)


def _judged(ground: Ground, rows: pl.DataFrame) -> pl.DataFrame:
    """With who each payee is: by the household's people, else a custodian on record for all of those months."""
    of = ["name", "payee", "household_id"]
    told = rows.select(of).unique(maintain_order=True)
    households = told["household_id"].drop_nulls().unique().sort().to_list()
    are = payees_are(list(told.iter_rows()), kin_of(ground.session, ground.caller, households))
    rows = rows.join(told.with_columns(code=pl.Series(are, dtype=pl.String)), on=of, how="left", nulls_equal=True)
    kept = _by_custodian(ground, rows.with_row_index("at"))
    return rows.with_row_index("at").with_columns(
        code=pl.when(pl.col("at").is_in(kept.implode())).then(pl.lit("custodian")).otherwise("code")
    )


def _by_custodian(ground: Ground, rows: pl.DataFrame) -> pl.Series:
    """`at` of stretches paid to a custodian whose custody held in each of their months."""
    keepers = custodians_since(ground)
    others = rows.filter(pl.col("code") == "other")
    if not keepers.height or not others.height:
        return pl.Series(dtype=pl.UInt32)
    keepers = keepers.with_columns(folded=_folded(keepers["keeper"]))
    meant = others.with_columns(folded=_folded(others["payee"])).join(keepers, on=["subject_id", "folded"])
    begun = pl.col("since") <= month_start(pl.col("first")).dt.month_end()
    lasts = pl.col("until").is_null() | (pl.col("until") >= month_start(pl.col("last")))
    return meant.filter(begun & lasts)["at"].unique()


def _folded(names: pl.Series) -> pl.Series:
    return name_keys(names)["folded"].fill_null(names)
