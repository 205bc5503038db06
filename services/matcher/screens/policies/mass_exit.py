"""批量退保: somebody left in a month or on a day in which a township's exits stand out.

The finding is about the township; the people are listed because each of them may have lost support without cause.
"""

import polars as pl

from matcher.screens.columns.exits import EXIT_MONTHS
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, not_covered


def _condition(_: Scene) -> pl.Expr:
    return pl.col("mass_exit") & not_covered()


def _reason(_: Scene) -> pl.Expr:
    surge = pl.format(
        "所在乡镇{}退保{}人，是平常的{}倍", pl.col("mass_when"), pl.col("mass_exits"), pl.col("mass_times").round(1)
    )
    day = pl.format("所在村{}同一天退保{}人", pl.col("mass_when"), pl.col("mass_exits"))
    usual = pl.format("所在乡镇{}退保{}人，明显多于平常", pl.col("mass_when"), pl.col("mass_exits"))
    what = (
        pl.when(pl.col("mass_what") == "mass-day")
        .then(day)
        .when(pl.col("mass_times").is_not_null())
        .then(surge)
        .otherwise(usual)
    )
    return pl.format("{}，本人在其中，请核对退保依据，确有困难的重新纳入。", what)


def _tier(_: Scene) -> pl.Expr:
    return pl.when("left_unassessed").then(pl.lit("电话核实"))


SCREEN = Screen(
    id="mass-exit",
    version="1",
    title="批量退保",
    citations=(
        Citation("吉林省民政厅 实施意见（2020-04-01）", "坚决避免“运动式”“指标式”“摊派式”…“一刀切”退保"),
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "有无分配低保指标问题"),
    ),
    population="近一年在退保人数突出的月份或同一天退出低保、特困的人员",
    evidence=("mass_what", "mass_when", "mass_exits", "mass_times", "mass_on", "left_unassessed", "covered", "dead"),
    basis=("mass_what", "mass_when"),
    moving=("mass_exits", "mass_times"),
    records=("mass_records",),
    condition=_condition,
    logic="本人停保落在所在乡镇明显多于平常的月份，或所在村集中退保的同一天，现仍未保。",
    reason=_reason,
    tier=_tier,
    kind="exit",
    usual_tier="观察",
    days=20,
    settings=(EXIT_MONTHS,),
    sources=("registry",),
)
