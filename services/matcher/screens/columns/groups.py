"""Whom villages keep a register of: left-behind children, old people and women, orphans, 事实无人抚养 children.

Such a register is worth what it is kept at: a tag says since when it stands, and what is missing beside it is counted.
"""

import polars as pl

from matcher.screens.columns.days import months_before
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.part import Part
from matcher.screens.parameters import Whole

GROUP_NAMES = {
    "child": "留守儿童",
    "elderly": "留守老年人",
    "woman": "留守妇女",
    "de-facto-orphan": "事实无人抚养儿童",
    "orphan": "孤儿",
}
ORPHANS = ("orphan", "de-facto-orphan")
ALLOWANCE = "child-allowance"
STALE_MONTHS = Whole("left_behind_months", "三留守人员信息的最长更新间隔", 1, 36, "月")
ORPHAN_AGE = Whole("orphan_age", "孤儿、事实无人抚养儿童的年龄（不满）", 16, 24, "周岁")


def _lasts(known: Known) -> pl.Expr:
    return pl.col("valid_to").is_null() | (pl.col("valid_to") >= known.as_of)


def _registered(known: Known) -> pl.DataFrame:
    """groups (their names in a row), left_behind, orphan, parentless (orphan or de facto), group_updated
    (of a left-behind person), group_records."""
    told = known.of_kind("left-behind").filter(pl.col("code").is_in(list(GROUP_NAMES)) & _lasts(known))
    names = pl.col("code").replace_strict(GROUP_NAMES, return_dtype=pl.String)
    parentless = pl.col("code").is_in(list(ORPHANS))
    return told.group_by("subject_id", maintain_order=True).agg(
        groups=names.unique().sort().str.join("、"),
        left_behind=(~parentless).any(),
        orphan=(pl.col("code") == "orphan").any(),
        parentless=parentless.any(),
        group_updated=pl.col("valid_from").filter(~parentless).max(),
        group_records=distinct(pl.col("record")),
    )


def _allowed(known: Known) -> pl.DataFrame:
    """allowance."""
    paid = known.of_kind(ALLOWANCE).filter(_lasts(known) & (pl.col("number") > 0).fill_null(True))
    return paid.select("subject_id").unique().with_columns(allowance=pl.lit(True))


def judged(known: Known) -> list[pl.Expr]:
    """group_gaps: what the entry of a left-behind person lacks, in words; null where nothing. allowance_told."""
    since = months_before(known.as_of, STALE_MONTHS.of(known.parameters))
    updated = pl.col("group_updated")
    gaps = pl.concat_str(
        pl.when(pl.col("birth_date").is_null()).then(pl.lit("没有出生日期")),
        pl.when(pl.col("household_key").is_null()).then(pl.lit("没有家庭信息")),
        pl.when(pl.col("area").str.ends_with("000").fill_null(True)).then(pl.lit("没有落到村")),
        pl.when(updated.is_null()).then(pl.lit("没有登记更新日期")),
        pl.when(updated < since).then(pl.format("{}以后没有更新", updated.dt.strftime("%Y年%-m月"))),
        separator="、",
        ignore_nulls=True,
    )
    return [
        pl.when(pl.col("left_behind") & (gaps != "")).then(gaps).alias("group_gaps"),
        pl.lit(known.told(ALLOWANCE)).alias("allowance_told"),
    ]


PARTS = (Part(_registered, ("left-behind",)), Part(_allowed, (ALLOWANCE,)))
