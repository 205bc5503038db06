"""单人户特困筛查: one-person 低保 households against the three conditions of 特困, with the evidence of each.

All three met: to be visited. One of them failed or unknown: a near miss, on a lower tier, and it says which. Whoever
chose 低保 by a signed agreement is left alone while it lasts. A 单人保 of a larger household is none of these.
"""

import polars as pl

from matcher.screens.columns.care import TEKUN_PROGRAMMES
from matcher.screens.columns.tekun import (
    CHILD_AGE,
    CONDITIONS,
    FAILED,
    INCOME_BY_DIBAO,
    OLD_AGE,
    UNABLE_GRADES,
    UNKNOWN,
)
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, death_note

_BY = {"card": "有相应类别等级的残疾人证", "old": "达到老年人年龄", "child": "未成年"}


def _condition(_: Scene) -> pl.Expr:
    alive = ~pl.col("dead")
    return pl.col("single_dibao") & ~pl.col("voluntary") & ~pl.col("orphan") & alive & (pl.col("tekun_unmet") <= 1)


def _reason(_: Scene) -> pl.Expr:
    which = [
        pl.when(pl.col(name) == UNKNOWN)
        .then(pl.lit(f"{title}待核实"))
        .when(pl.col(name) == FAILED)
        .then(pl.lit(f"{title}不符合"))
        for name, title in CONDITIONS.items()
    ]
    by = pl.col("unable_by").replace_strict(_BY, default="", return_dtype=pl.String).fill_null("")
    told = pl.when(by == "").then(pl.lit("")).otherwise(pl.format("（{}）", by))
    full = pl.format("特困三项条件看来都符合{}，请核查后转为特困供养", told)
    near = pl.format("特困条件只差一项：{}，其余两项看来符合{}", pl.coalesce(*which, pl.lit("")), told)
    answer = pl.when(pl.col("tekun_unmet") == 0).then(full).otherwise(near)
    return pl.format("一人户低保，{}。{}", answer, death_note())


def _tier(_: Scene) -> pl.Expr:
    some_unknown = pl.any_horizontal(pl.col(name) == UNKNOWN for name in CONDITIONS)
    some_failed = pl.any_horizontal(pl.col(name) == FAILED for name in CONDITIONS)
    return pl.when(some_failed).then(pl.lit("观察")).when(some_unknown).then(pl.lit("电话核实"))


SCREEN = Screen(
    id="tekun-among-single-households",
    version="1",
    title="单人户特困筛查",
    citations=(
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "对低保系统中的单人户逐人排查，将其中符合特困…条件的纳入特困"),
        Citation(
            "烟台市民政局 转发 鲁民函〔2020〕34号",
            "对于本人坚持自愿要求享受低保的，县级民政部门要与其签订协议并留存备查",
        ),
        Citation("泾源县民政局 泾民发〔2021〕32号", "适度扩大特困供养覆盖范围"),
    ),
    population="家庭只有一人的低保对象（不含多人家庭中的单人保），没有签订有效的自愿低保协议",
    evidence=(
        *("programme", "form", "household_size", *CONDITIONS, "unable_by", "tekun_ratio", "obligor", "voluntary"),
        *("dead", "death_doubted"),
    ),
    basis=(*CONDITIONS, "unable_by", "obligor"),
    records=("coverage_sources", "unable_records", "tekun_ratio_records", "obligor_records"),
    condition=_condition,
    logic=(
        "一户一人的整户低保，逐项核对无劳动能力、无生活来源、无义务人或义务人无能力：全部符合必访，只差一项或"
        "一项待核实的降级列出。自愿低保协议有效期内不列。"
    ),
    reason=_reason,
    kind="entitled",
    tier=_tier,
    days=30,
    settings=(OLD_AGE, CHILD_AGE, UNABLE_GRADES, INCOME_BY_DIBAO, TEKUN_PROGRAMMES),
)
