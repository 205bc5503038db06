"""备用金疑点: aid from a township's reserve fund over its tier, paid again to the same, or without its papers."""

import polars as pl

from matcher.screens.columns.payments import RESERVE_MONTHS
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, day_text, yuan


def _condition(_: Scene) -> pl.Expr:
    return pl.col("reserve_doubt").is_not_null()


def _reason(_: Scene) -> pl.Expr:
    doubt = (
        pl.when(pl.col("reserve_doubt") == "over-tier")
        .then(pl.lit("金额超过分档限额"))
        .when(pl.col("reserve_doubt") == "repeated")
        .then(pl.format("同一人领取{}次", pl.col("reserve_times").fill_null(2)))
        .otherwise(pl.lit("先行救助的手续未补齐"))
    )
    paid = pl.when(pl.col("reserve_yuan").is_null()).then(pl.lit("")).otherwise(pl.format("{}元", yuan("reserve_yuan")))
    return pl.format("{}从备用金领取{}，{}，请核对凭证并按规定补办或纠正。", day_text("reserve_on"), paid, doubt)


def _tier(_: Scene) -> pl.Expr:
    return pl.when(pl.col("reserve_doubt") == "incomplete").then(pl.lit("电话核实"))


SCREEN = Screen(
    id="reserve-fund-irregular",
    version="1",
    title="备用金疑点",
    citations=(
        Citation("吉林省民政厅 实施意见（2020-04-01）", "全部建立乡镇（街道）临时救助备用金，分档设定救助标准"),
        Citation("泾源县民政局 泾民发〔2021〕32号", "备用金使用不规范"),
    ),
    population="从乡镇临时救助备用金领过款的人员",
    evidence=("reserve_doubt", "reserve_on", "reserve_yuan", "reserve_times"),
    basis=("reserve_doubt", "reserve_on"),
    records=("reserve_records",),
    condition=_condition,
    logic="从乡镇备用金领取的款项超过分档限额、同一人重复领取，或先行救助后手续逾期未补。",
    reason=_reason,
    tier=_tier,
    kind="payment",
    settings=(RESERVE_MONTHS,),
    sources=("registry",),
)
