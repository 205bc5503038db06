"""委托代管疑点: the card is kept by an office-holder, by one who keeps many, or on a custody that has expired."""

import polars as pl

from matcher.screens.columns.conduct import CUSTODIAN_CARDS
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, day_text


def _condition(_: Scene) -> pl.Expr:
    return (pl.col("custody_office") | pl.col("custody_many") | pl.col("custody_expired")) & ~pl.col("dead")


def _reason(_: Scene) -> pl.Expr:
    risks = pl.concat_str(
        pl.when("custody_office").then(pl.lit("是村（居）干部或经办人员")),
        pl.when("custody_many").then(pl.format("共代管{}张卡折", pl.col("custodian_cards"))),
        pl.when("custody_expired").then(pl.format("委托已于{}到期", day_text("custody_until"))),
        separator="，",
        ignore_nulls=True,
    )
    who = pl.col("custodian").fill_null("姓名不详")
    return pl.format("卡折由“{}”代管，代管人{}，请上门核对卡折和领款去向并规范备案。", who, risks)


def _tier(_: Scene) -> pl.Expr:
    return pl.when("custody_office").then(pl.lit("必访"))


SCREEN = Screen(
    id="custodian-risk",
    version="1",
    title="委托代管疑点",
    citations=(
        Citation("泾源县民政局 泾民发〔2021〕32号", "生活不能自理低保对象卡折委托代管…强化对代管人的备案和监督管理"),
    ),
    population="卡折由他人代管的救助对象",
    evidence=(
        *("custodian", "custodian_mark", "custodian_post", "custodian_cards", "custody_until"),
        *("custody_office", "custody_many", "custody_expired", "dead"),
    ),
    basis=("custodian_mark", "custody_office", "custody_many", "custody_until"),
    records=("custody_records",),
    condition=_condition,
    logic="卡折代管人是村（居）干部或经办人员，或代管张数超过规定，或委托已到期；对象没有死亡记录。",
    reason=_reason,
    tier=_tier,
    kind="conduct",
    usual_tier="电话核实",
    days=15,
    settings=(CUSTODIAN_CARDS,),
    sources=("registry",),
)
