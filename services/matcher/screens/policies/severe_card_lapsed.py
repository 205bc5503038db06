"""重残证件过期、冻结: severe for assistance, but the card proves nothing as it stands. Help to renew comes first.

A near miss beside it: a 多重 card of grade 3 of which one component is 智力 or 精神, which alone would be severe.
"""

import polars as pl

from matcher.screens.columns.lapsed_cards import LAPSED_STATUSES
from matcher.screens.scene import CLASS_NAMES, Scene
from matcher.screens.screen import Citation, Screen, card_text, death_note, not_covered, why_not_covered

STATES = {"frozen": "已冻结", "expired": "已过期", "cancelled": "已注销"}


def _condition(_: Scene) -> pl.Expr:
    return (pl.col("lapsed") | pl.col("near")) & ~pl.col("severe") & not_covered()


def _reason(_: Scene) -> pl.Expr:
    state = pl.col("lapsed_status").replace_strict(STATES, default="已失效", return_dtype=pl.String)
    lapsed = pl.format(
        "残疾人证（{}，重度）{}，请先帮助换证或解冻",
        card_text("lapsed_class", "lapsed_grade"),
        state.fill_null("已失效"),
    )
    part = pl.col("near_component").replace_strict(CLASS_NAMES, default="某项", return_dtype=pl.String)
    near = pl.format("持多重残疾人证，证面等级不算重度，但其中有{}残疾，请核实该项等级", part.fill_null("某项"))
    told = pl.when("lapsed").then(lapsed).otherwise(near)
    return pl.format("{}；{}。{}", told, why_not_covered(), death_note())


def _tier(_: Scene) -> pl.Expr:
    return pl.when(~pl.col("lapsed")).then(pl.lit("观察"))


SCREEN = Screen(
    id="severe-card-lapsed",
    version="1",
    title="重残证件过期、冻结",
    citations=(
        Citation("泾源县民政局 泾民发〔2021〕32号", "符合条件的重残人员、重病患者…实施“单人保”"),
        Citation(
            "民政部办公厅 民办函〔2020〕21号",
            "未脱贫建档立卡贫困户中的重病患者、重度残疾人等完全丧失劳动能力和部分丧失劳动能力的贫困人口纳入低保范围",
        ),
    ),
    population="残疾人证过期、冻结的重度残疾人，以及多重残疾中有一项可能算重度的人员，没有低保、特困",
    evidence=(
        *("lapsed", "lapsed_class", "lapsed_grade", "lapsed_status", "near", "near_component", "near_grade"),
        *("severe", "covered", "dead", "death_doubted", "last_end", "paused_since", "margin"),
    ),
    basis=("lapsed_class", "lapsed_grade", "lapsed_status", "near_component", "last_end", "paused_since"),
    records=("lapsed_records", "near_records"),
    condition=_condition,
    logic=(
        "残疾人证按类别等级属重度，但已过期（状态写有效而有效期已过的也是）或冻结，没有其他有效的重度证；当日没有低保、特困。多重三级而分项含"
        "智力、精神的列为临界。"
    ),
    reason=_reason,
    usual_tier="电话核实",
    tier=_tier,
    days=20,
    settings=(LAPSED_STATUSES,),
    sources=("disability-cards",),
)
