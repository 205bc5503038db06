"""停保、死亡后仍发放: money nobody was owed.

Whoever died and is still covered is told of by 死亡未停保 with what was paid since; here are those whose support has
ended on paper and not at the bank, and the dead whose coverage nobody doubts any more.
"""

import polars as pl

from matcher.screens.columns.payments import PAYMENTS_SINCE
from matcher.screens.columns.settings import DEATH_GRACE_MONTHS
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, yuan


def _of_the_dead() -> pl.Expr:
    told = pl.col("covered") & (pl.col("died_before") | pl.col("doubted_before") | pl.col("disputed_before"))
    return pl.col("dead_paid") & ~told


def _condition(_: Scene) -> pl.Expr:
    return pl.col("ended_paid") | _of_the_dead()


def _reason(_: Scene) -> pl.Expr:
    ended = pl.format("停保后仍发放{}个月{}元", pl.col("ended_months"), yuan("ended_yuan"))
    dead = pl.format("死亡后仍发放{}个月{}元", pl.col("dead_months"), yuan("dead_yuan"))
    until = pl.max_horizontal(
        pl.when("ended_paid").then(pl.col("ended_until")), pl.when(_of_the_dead()).then(pl.col("dead_until"))
    )
    what = pl.concat_str(
        pl.when("ended_paid").then(ended), pl.when(_of_the_dead()).then(dead), separator="，", ignore_nulls=True
    )
    return pl.format("{}（至{}），属实的停止发放并追回。", what, until.dt.strftime("%Y年%-m月"))


def _tier(scene: Scene) -> pl.Expr:
    """What was on its way when support ended is asked by telephone."""
    few = DEATH_GRACE_MONTHS.of(scene.parameters)
    owed = pl.when("ended_paid").then(pl.col("ended_months")).otherwise(0)
    owed = pl.max_horizontal(owed, pl.when(_of_the_dead()).then(pl.col("dead_months")).otherwise(0))
    return pl.when(owed <= few).then(pl.lit("电话核实"))


SCREEN = Screen(
    id="paid-after-end",
    version="1",
    title="停保、死亡后仍发放",
    citations=(
        Citation("泾源县民政局 泾民发〔2021〕32号", "要及时开展复核纠正"),
        Citation("民政部办公厅 民办函〔2020〕21号", "虚报冒领、截留私分、挤占挪用"),
    ),
    population="2018年以来停保或死亡后仍有发放记录的人员和家庭",
    evidence=("ended_paid", "ended_until", "ended_months", "ended_yuan", "dead_until", "dead_months", "dead_yuan"),
    basis=("ended_until", "dead_until"),
    records=("ended_records", "dead_records"),
    condition=_condition,
    logic="停保以后、或死亡以后仍有发放（不含银行退回）。只有在途月数以内的，电话核实。死亡而仍在保的由“死亡未停保”列出。",
    reason=_reason,
    tier=_tier,
    kind="payment",
    settings=(PAYMENTS_SINCE, DEATH_GRACE_MONTHS),
    sources=("registry",),
    urgency=lambda _: pl.lit(80, dtype=pl.Int32),
)
