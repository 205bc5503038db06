"""照料服务协议缺失: 分散供养特困 without an agreement that holds today, or with one that lacks what it must contain.

Where no agreement at all is on record the register is not kept yet, and nothing is said of anybody.
"""

import polars as pl

from matcher.screens.columns.care import HOME_CARE_PROGRAMMES, TEKUN_PROGRAMMES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, day_text


def _condition(_: Scene) -> pl.Expr:
    return pl.col("cared_at_home") & pl.col("agreements_kept") & ~pl.col("agreement_valid") & ~pl.col("dead")


def _reason(_: Scene) -> pl.Expr:
    what = (
        pl.when("agreement_incomplete")
        .then(pl.lit("委托照料服务协议内容不齐全"))
        .when(pl.col("agreement_ended").is_not_null())
        .then(pl.format("委托照料服务协议已于{}到期", day_text("agreement_ended")))
        .otherwise(pl.lit("没有委托照料服务协议"))
    )
    return pl.format("分散供养特困人员，{}，请签订或补齐协议并核对照料服务是否落实。", what)


def _tier(_: Scene) -> pl.Expr:
    return pl.when("agreement_incomplete").then(pl.lit("电话核实"))


SCREEN = Screen(
    id="care-agreement-missing",
    version="1",
    title="照料服务协议缺失",
    citations=(
        Citation("民政部办公厅 民办函〔2020〕21号", "签订委托照料服务协议以及委托照料服务落实情况"),
        Citation(
            "吉林省民政厅 实施意见（2020-04-01）",
            "特困人员和照料服务人（监护人）基本信息、生活自理能力认定类别、照料服务内容、要求、权利义务、违约责任、"
            "协议期限及监督举报电话",
        ),
    ),
    population="正在享受分散供养的特困人员；委托照料服务协议登记簿没有启用的不筛查",
    evidence=("cared_at_home", "agreement_valid", "agreement_incomplete", "agreement_ended", "dead"),
    basis=("agreement_ended", "agreement_incomplete"),
    records=("agreement_records", "tekun_sources"),
    condition=_condition,
    logic="分散供养特困人员当日没有有效的照料服务协议，或协议缺必备内容。登记簿还没有启用的地方不筛查。",
    reason=_reason,
    tier=_tier,
    kind="care",
    settings=(HOME_CARE_PROGRAMMES, TEKUN_PROGRAMMES),
    sources=("registry",),
)
