"""自理能力复评: 特困 whose ability to look after themselves nobody assessed, or has to assess anew.

A reported change comes first: its term is a matter of days, and the care subsidy hangs on it.
Where no assessment at all is on record the register is not kept yet, and nobody is told to lack one.
"""

import polars as pl

from matcher.screens.columns.care import SELF_CARE_MONTHS, SELF_CARE_NOTICE_DAYS, TEKUN_PROGRAMMES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, day_text


def _condition(_: Scene) -> pl.Expr:
    never = pl.col("self_care_records").is_null() & pl.col("assessments_kept")
    return pl.col("tekun") & (pl.col("care_changed") | pl.col("self_care_late") | never) & ~pl.col("dead")


def _reason(_: Scene) -> pl.Expr:
    why = (
        pl.when(pl.col("care_changed") & pl.col("care_change_due").is_not_null())
        .then(
            pl.format("{}报告自理能力变化，应于{}前重新评估", day_text("care_changed_on"), day_text("care_change_due"))
        )
        .when("care_changed")
        .then(pl.lit("报告过自理能力变化，尚未重新评估"))
        .when(pl.col("self_care_records").is_null())
        .then(pl.lit("没有生活自理能力评估记录"))
        .when(pl.col("self_care_due").is_null())
        .then(pl.lit("生活自理能力评估日期不详"))
        .otherwise(
            pl.format(
                "生活自理能力（{}）应于{}前复评", pl.col("self_care").fill_null("类别不详"), day_text("self_care_due")
            )
        )
    )
    return pl.format("特困人员{}，请安排评估。", why)


def _tier(scene: Scene) -> pl.Expr:
    late = pl.col("care_changed") & (pl.col("care_change_due") < scene.as_of).fill_null(False)
    return pl.when(late).then(pl.lit("必访"))


SCREEN = Screen(
    id="self-care-reassessment-due",
    version="1",
    title="自理能力复评",
    citations=(Citation("吉林省民政厅 实施意见（2020-04-01）", "第三方机构开展复核评估…精准评估特困人员生活自理能力"),),
    population="正在享受集中或分散供养的特困人员；自理能力评估登记簿没有启用的只看已报告的变化",
    evidence=(
        *("tekun", "self_care", "self_care_on", "self_care_due", "self_care_late"),
        *("care_changed", "care_changed_on", "care_change_due", "dead"),
    ),
    basis=("self_care_due", "care_changed_on"),
    records=("care_change_records", "self_care_records", "tekun_sources"),
    condition=_condition,
    logic=(
        "特困人员没有生活自理能力评估，或报告有变化尚未复评，或已过复评日期。登记簿还没有启用的地方不判断“没有评估”。"
    ),
    reason=_reason,
    tier=_tier,
    kind="care",
    usual_tier="电话核实",
    settings=(SELF_CARE_MONTHS, SELF_CARE_NOTICE_DAYS, TEKUN_PROGRAMMES),
    sources=("registry",),
)
