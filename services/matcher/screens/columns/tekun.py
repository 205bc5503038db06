"""The three conditions of 特困, of everybody for whom they are asked: 无劳动能力, 无生活来源, 法定义务人.

Each is met, failed or unknown, and says by what. What nobody told of is unknown: neither a reason to list somebody nor
one to leave somebody out.
"""

from datetime import date

import polars as pl

from matcher.screens.columns.cards import as_they_stand, graded
from matcher.screens.columns.care import TEKUN_PROGRAMMES
from matcher.screens.columns.coverage import counting_programme
from matcher.screens.columns.days import birthday
from matcher.screens.columns.known import COVERED, Known, distinct
from matcher.screens.columns.part import Part
from matcher.screens.columns.settings import CARD_STATUSES, DIBAO_PROGRAMMES
from matcher.screens.parameters import Flag, Grades, Whole

OLD_AGE = Whole("tekun_age", "无劳动能力的老年人年龄", 55, 75, "周岁")
CHILD_AGE = Whole("tekun_child_age", "无劳动能力的未成年人年龄（不满）", 14, 18, "周岁")
UNABLE_GRADES = Grades("tekun_grades", "无劳动能力的残疾类别和等级")
INCOME_BY_DIBAO = Flag("tekun_income_by_dibao", "没有核算收入时，低保在保视为收入低于低保标准")
CONDITIONS = {
    "tekun_labour": "无劳动能力",
    "tekun_income": "无生活来源",
    "tekun_obligor": "无法定义务人或义务人无履行能力",
}
MET, FAILED, UNKNOWN = "met", "failed", "unknown"


def _obligors(known: Known) -> pl.DataFrame:
    """obligor, obligor_records."""
    # Of two of one day that who is able decides: nobody is to be taken for alone who is not.
    rank = pl.col("code").replace_strict({"able": 0, "unable": 1, "none": 2}, default=None, return_dtype=pl.Int8)
    owed = known.of_kind("obligor").with_columns(rank=rank).filter(pl.col("rank").is_not_null())
    owed = owed.sort("valid_from", "rank", descending=[True, False], nulls_last=True, maintain_order=True)
    return owed.group_by("subject_id", maintain_order=True).agg(
        obligor=pl.col("code").first(), obligor_records=distinct(pl.col("record"))
    )


def _income(known: Known) -> pl.DataFrame:
    """tekun_ratio, tekun_ratio_records."""
    ratios = known.of_kind("income-ratio").filter(pl.col("number").is_not_null())
    ratios = ratios.sort("valid_from", "number", descending=True, nulls_last=True, maintain_order=True)
    return ratios.group_by("subject_id", maintain_order=True).agg(
        tekun_ratio=pl.col("number").first(), tekun_ratio_records=pl.col("record").head(1).drop_nulls()
    )


def _chosen(known: Known) -> pl.DataFrame:
    """voluntary: an agreement covers the day."""
    lasts = pl.col("valid_to").is_null() | (pl.col("valid_to") >= known.as_of)
    agreed = known.of_kind("voluntary-dibao").filter((pl.col("code") == "valid") & lasts)
    return agreed.select("subject_id").unique().with_columns(voluntary=pl.lit(True))


def _alone(known: Known) -> pl.DataFrame:
    """single_dibao: what began last is 低保 of a household of one, no 单人保, and there is no 特困 beside it."""
    p = known.parameters
    now = known.now.filter(counting_programme(known) & pl.col("paused").is_null())
    begun = pl.col("start").fill_null(date.min)
    dibao = pl.col("programme").is_in(list(DIBAO_PROGRAMMES.of(p)))
    alone = dibao & (pl.col("household_size") == 1) & (pl.col("form") != "single").fill_null(True)
    tekun = pl.col("programme").is_in(list(TEKUN_PROGRAMMES.of(p)))
    return now.group_by("subject_id").agg(
        single_dibao=alone.fill_null(False).filter(begun == begun.max()).all() & ~tekun.any()
    )


def _unable(known: Known) -> pl.DataFrame:
    """unable_card, unable_records."""
    proves = pl.col("code").is_in(list(CARD_STATUSES.of(known.parameters)))
    cards = as_they_stand(known).filter(proves & graded(UNABLE_GRADES.of(known.parameters)))
    return cards.group_by("subject_id", maintain_order=True).agg(
        unable_card=pl.lit(True), unable_records=distinct(pl.col("record"))
    )


def judged(known: Known) -> list[pl.Expr]:
    """tekun_labour/_income/_obligor, tekun_unmet, unable_by."""
    p, today = known.parameters, pl.lit(known.as_of)
    old = (birthday(OLD_AGE.of(p)) <= today).fill_null(False)
    child = (birthday(CHILD_AGE.of(p)) > today).fill_null(False)
    card = pl.col("unable_card")
    ratio = pl.col("tekun_ratio")
    unsaid = MET if INCOME_BY_DIBAO.of(p) else UNKNOWN
    conditions = {
        "tekun_labour": pl.when(card | old | child)
        .then(pl.lit(MET))
        .when(pl.col("birth_date").is_null())
        .then(pl.lit(UNKNOWN))
        .otherwise(pl.lit(FAILED)),
        "tekun_income": pl.when(ratio < 1)
        .then(pl.lit(MET))
        .when(ratio >= 1)
        .then(pl.lit(FAILED))
        .otherwise(pl.lit(unsaid)),
        "tekun_obligor": pl.when(pl.col("obligor").is_in(["none", "unable"]))
        .then(pl.lit(MET))
        .when(pl.col("obligor") == "able")
        .then(pl.lit(FAILED))
        .otherwise(pl.lit(UNKNOWN)),
    }
    told = {
        "unable_by": pl.when(card).then(pl.lit("card")).when(old).then(pl.lit("old")).when(child).then(pl.lit("child")),
        **conditions,
        "tekun_unmet": pl.sum_horizontal((each != MET).cast(pl.Int32) for each in conditions.values()),
    }
    return [each.alias(name) for name, each in told.items()]


PARTS = (
    Part(_obligors, ("obligor",)),
    Part(_income, ("income-ratio",)),
    Part(_chosen, ("voluntary-dibao",)),
    Part(_unable, ("disability-card",)),
    Part(_alone, (COVERED,)),
)
