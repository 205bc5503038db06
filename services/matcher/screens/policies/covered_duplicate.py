"""重复保障: covered twice on the day, by two programmes that exclude each other, in two households or two counties."""

import polars as pl

from matcher.screens.scene import PROGRAMME_NAMES, Scene
from matcher.screens.screen import Citation, Screen


def _condition(_: Scene) -> pl.Expr:
    return pl.col("covered") & pl.col("doubled") & ~pl.col("dead")


def _reason(_: Scene) -> pl.Expr:
    name = pl.element().replace_strict(PROGRAMME_NAMES, default="其他救助", return_dtype=pl.String)
    programmes = pl.col("doubled_programmes").list.eval(name).list.unique(maintain_order=True).list.join("、")
    what = (
        pl.when(pl.col("doubled_where") == "two-counties")
        .then(pl.format("在本县和外县同时享受救助（{}）", programmes))
        .when(pl.col("doubled_programmes").list.len() > 1)
        .then(pl.format("同时享受{}", programmes))
        .when(pl.col("doubled_homes") > 1)
        .then(pl.format("在两户同时享受{}", programmes))
        .otherwise(pl.format("{}有两份同时有效的保障", programmes))
    )
    since = pl.when(pl.col("doubled_month").is_not_null()).then(pl.format("，自{}起", "doubled_month"))
    return pl.format("{}{}。请核实应当保留哪一项，未核实前不得停发。", what, since.otherwise(pl.lit("")))


def _tier(_: Scene) -> pl.Expr:
    # Another county's word cannot be seen in our own database: it is asked first.
    return pl.when(pl.col("doubled_where") == "two-counties").then(pl.lit("电话核实"))


SCREEN = Screen(
    id="covered-duplicate",
    version="1",
    title="重复保障",
    citations=(
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "既不能错保，更不能漏保"),
        Citation("民政部办公厅 民办函〔2020〕21号", "虚报冒领、截留私分、挤占挪用"),
    ),
    population="同一天有两份低保、特困保障的人员",
    evidence=("programme", "form", "doubled_programmes", "doubled_homes", "doubled_where", "doubled_month"),
    basis=("doubled_where", "doubled_month"),
    records=("doubled_records", "coverage_sources"),
    condition=_condition,
    logic="同一天享受两项不能同享的保障，或在两户、两县重复享受，且没有死亡记录；另一份在外县的先电话核实。",
    kind="wrongly-covered",
    reason=_reason,
    tier=_tier,
)
