"""下月到期: disability cards, care agreements and 渐退 periods that end in the coming month.

Cards are looked at of whom support may depend on one: people the registry knows, the severely disabled, the monitored.
"""

import polars as pl

from matcher.screens.columns.days import told_day
from matcher.screens.columns.expiries import ENDING
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, death_note


def _card() -> pl.Expr:
    matters = pl.col("registered") | pl.col("severe") | pl.col("monitored")
    return pl.col("card_ends").is_not_null() & matters


def _condition(_: Scene) -> pl.Expr:
    others = pl.any_horizontal(pl.col(name).is_not_null() for name in ENDING if name != "card_ends")
    return (_card() | others) & ~pl.col("dead")


def _reason(_: Scene) -> pl.Expr:
    shown = {name: pl.col(name).is_not_null() for name in ENDING} | {"card_ends": _card()}
    ends = [
        pl.when(shown[name]).then(pl.format("{}于{}到期", pl.lit(title), told_day(name)))
        for name, title in ENDING.items()
    ]
    told = pl.concat_str(ends, separator="，", ignore_nulls=True)
    return pl.format("{}，请提前办理。{}", told, death_note())


SCREEN = Screen(
    id="document-expiring",
    version="1",
    title="下月到期",
    citations=(
        Citation("民政部办公厅 民办函〔2020〕21号", "签订委托照料服务协议以及委托照料服务落实情况"),
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "严格落实3-6个月的低保渐退政策"),
        Citation("泾源县民政局 泾民发〔2021〕32号", "确保不落死角…坚决避免整改不到位和反弹回潮"),
    ),
    population="残疾人证、委托照料协议或渐退期在下个月到期的人员",
    evidence=(*ENDING, "registered", "severe", "monitored", "dead", "death_doubted"),
    basis=tuple(ENDING),
    records=("expiry_records",),
    condition=_condition,
    logic=(
        "残疾人证、照料服务协议、渐退期在下个月内届满，且没有死亡记录。残疾人证只提醒登记库中的、重度残疾的和监测对象。"
    ),
    reason=_reason,
    kind="reminder",
    usual_tier="观察",
    days=30,
)
