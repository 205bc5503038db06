"""What was paid, as the payout ledger of the registry tells it: amounts that stand out, money nobody was owed.

Only months since the day the county's audit begins. A stretch of payments within a stay in an institution is the
institution's: it takes the money in, for many, and that is no doubt.
"""

import polars as pl

from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.part import Part
from matcher.screens.columns.settings import PROGRAMMES
from matcher.screens.parameters import Amount, Day, Whole, Words

PAYMENTS_SINCE = Day("payments_since", "发放台账筛查的起始日期", "2000-01-01", "2100-12-31")
INSTITUTION_PROGRAMMES = Words("institution_programmes", "保障金由机构代收的救助类别", PROGRAMMES, empty=True)
LARGE_MONTH_YUAN = Amount("large_month_yuan", "一户单月发放合计的大额线", 100, 1_000_000)
BACK_PAY_TIMES = Amount("back_pay_times", "补发金额超过正常月发放额的倍数", 1, 120, "倍")
ACCOUNT_CHANGE_DAYS = Whole("account_change_days", "发放前变更账户的天数", 0, 365, "天")
RESERVE_MONTHS = Whole("reserve_months", "备用金疑点回看的月数", 1, 120, "月")

GRAVEST_RESERVE = ("over-tier", "repeated", "incomplete")


def payouts(known: Known) -> pl.DataFrame:
    """Stretches of payments to one account (FACT, `record`, `row`) since the audit's first month, by `not_housed`."""
    last = pl.col("valid_to").fill_null(known.as_of)
    found = known.of_kind("payout").with_columns(valid_to=last)
    return not_housed(found.filter(last >= PAYMENTS_SINCE.of(known.parameters)), known)


def not_housed(facts: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Facts (FACT and `row`, numbered) without those that lie wholly within a stay in an institution."""
    facts = facts.with_row_index("row")
    housed = known.coverage.filter(pl.col("programme").is_in(list(INSTITUTION_PROGRAMMES.of(known.parameters))))
    begun = pl.col("start").is_null() | (pl.col("start").dt.month_start() <= pl.col("valid_from"))
    lasting = pl.col("end").is_null() | (pl.col("end").dt.month_end() >= pl.col("valid_to"))
    inside = facts.join(housed.select("subject_id", "start", "end"), on="subject_id").filter(begun & lasting)
    return facts.join(inside.select("row"), on="row", how="anti", maintain_order="left")


def _peaks(known: Known) -> pl.DataFrame:
    return known.of_kind("payout-peak").filter(pl.col("valid_from") >= PAYMENTS_SINCE.of(known.parameters))


def _months(known: Known) -> pl.DataFrame:
    """large_month, month_yuan, month_at, month_records: the dearest month over the line; kinds of one month add up."""
    over = pl.col("month_yuan") > LARGE_MONTH_YUAN.of(known.parameters)
    months = _peaks(known).group_by("subject_id", "valid_from", maintain_order=True)
    found = months.agg(month_yuan=pl.col("number").sum(), month_records=distinct(pl.col("record"))).filter(over)
    found = found.sort("month_yuan", "valid_from", descending=True).unique("subject_id", keep="first")
    return found.select(
        "subject_id", "month_yuan", "month_records", large_month=pl.lit(True), month_at=pl.col("valid_from")
    )


def _back_pay(known: Known) -> pl.DataFrame:
    """back_paid, back_pay_yuan, back_pay_at, regular_yuan, back_pay_records: the greatest spike of what is paid late.

    Beside the regular month of the same year, else of any year; where none is known nothing can stand out.
    """
    peaks = _peaks(known).with_columns(year=pl.col("valid_from").dt.year())
    regular = peaks.filter(pl.col("text") == "regular")
    of_year = regular.group_by("subject_id", "year").agg(in_year=pl.col("number").max())
    of_any = regular.group_by("subject_id").agg(in_any=pl.col("number").max())
    late = peaks.filter(pl.col("text") == "back-pay").join(of_year, on=["subject_id", "year"], how="left")
    late = late.join(of_any, on="subject_id", how="left").with_columns(usual=pl.coalesce("in_year", "in_any"))
    spikes = late.filter(
        (pl.col("usual") > 0) & (pl.col("number") > pl.col("usual") * BACK_PAY_TIMES.of(known.parameters))
    )
    spikes = spikes.sort("number", "valid_from", descending=True)
    return spikes.group_by("subject_id", maintain_order=True).agg(
        back_paid=pl.lit(True),
        back_pay_yuan=pl.col("number").first(),
        back_pay_at=pl.col("valid_from").first(),
        regular_yuan=pl.col("usual").first(),
        back_pay_records=distinct(pl.col("record")),
    )


def _unowed(known: Known) -> pl.DataFrame:
    """Of money paid after the end (ended_…) and after death (dead_…): …_paid, …_months, …_yuan, …_until, …_records."""
    since = PAYMENTS_SINCE.of(known.parameters)
    found = known.of_kind("unowed-payment").filter(pl.col("valid_to").fill_null(known.as_of) >= since)
    told = [
        one
        for code in ("ended", "dead")
        for mine in [pl.col("code") == code]
        for one in (
            mine.any().alias(f"{code}_paid"),
            pl.col("count").filter(mine).sum().alias(f"{code}_months"),
            pl.col("number").filter(mine).sum().alias(f"{code}_yuan"),
            pl.col("valid_to").filter(mine).max().alias(f"{code}_until"),
            distinct(pl.col("record").filter(mine)).alias(f"{code}_records"),
        )
    ]
    return found.group_by("subject_id", maintain_order=True).agg(*told)


def _changes(known: Known) -> pl.DataFrame:
    """account_changed, changed_by_hand, changed_by, changed_days, changed_in, change_records: changes of account so
    shortly before a payout; one by hand is told before one that came with a whole file, then the latest."""
    p = known.parameters
    near = pl.col("count").is_between(0, ACCOUNT_CHANGE_DAYS.of(p))
    found = known.of_kind("account-change").filter(near & (pl.col("valid_from") >= PAYMENTS_SINCE.of(p)))
    by_hand = (pl.col("code") == "by-hand").fill_null(False)
    found = found.with_columns(by_hand=by_hand).sort("by_hand", "valid_from", descending=True, maintain_order=True)
    return found.group_by("subject_id", maintain_order=True).agg(
        account_changed=pl.lit(True),
        changed_by_hand=pl.col("by_hand").first(),
        changed_by=pl.col("text").first(),
        changed_days=pl.col("count").first(),
        changed_in=pl.col("valid_from").first(),
        change_records=distinct(pl.col("record")),
    )


def _reserve(known: Known) -> pl.DataFrame:
    """reserve_doubt, reserve_yuan, reserve_times, reserve_on, reserve_records: the gravest doubt of late."""
    back = pl.lit(known.as_of).dt.offset_by(f"-{RESERVE_MONTHS.of(known.parameters)}mo")
    found = known.of_kind("reserve-payment").filter(
        (pl.col("valid_from") > back) & pl.col("code").is_in(list(GRAVEST_RESERVE))
    )
    rank = pl.col("code").replace_strict({code: at for at, code in enumerate(GRAVEST_RESERVE)}, default=9)
    found = found.with_columns(rank=rank).sort("rank", "valid_from", descending=[False, True], maintain_order=True)
    return found.group_by("subject_id", maintain_order=True).agg(
        reserve_doubt=pl.col("code").first(),
        reserve_yuan=pl.col("number").first(),
        reserve_times=pl.col("count").first(),
        reserve_on=pl.col("valid_from").first(),
        reserve_records=distinct(pl.col("record")),
    )


PARTS = (
    Part(_months, ("payout-peak",)),
    Part(_back_pay, ("payout-peak",)),
    Part(_unowed, ("unowed-payment",)),
    Part(_changes, ("account-change",)),
    Part(_reserve, ("reserve-payment",)),
)
