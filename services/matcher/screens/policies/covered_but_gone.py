"""户籍迁出仍在保: covered on the day, and the household register has the person elsewhere or nowhere.

Working elsewhere is not moving away: nothing but the register counts. Where sources disagree, where only a village
says so, or where the number is nobody's, it is asked by telephone.
"""

import polars as pl

from matcher.screens.columns.registration import WORDS
from matcher.screens.columns.sources import SOURCE_ORDER
from matcher.screens.parameters import Whole, Words
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, programme_text

GONE = Words("gone_registrations", "算作户籍不在本地的状态", ("moved-out", "cancelled", "none"))
GRACE_MONTHS = Whole("moved_grace_months", "迁出次月起允许在途的月数", 0, 12, "月")


def _condition(scene: Scene) -> pl.Expr:
    gone = pl.col("registration").is_in(list(GONE.of(scene.parameters))).fill_null(False)
    return pl.col("covered") & gone & ~pl.col("dead")


def _reason(_: Scene) -> pl.Expr:
    what = pl.col("registration").replace_strict(WORDS, default="户籍不在本地", return_dtype=pl.String)
    since = pl.when(pl.col("registration_month").is_not_null() & (pl.col("registration") != "none")).then(
        pl.format("（{}）", "registration_month")
    )
    told = pl.concat_str("registration_source", pl.lit("反馈"), what, since.otherwise(pl.lit("")))
    asked = (
        pl.when("registration_disputed")
        .then(pl.format("各来源说法不一（{}），请电话问清户籍现在何处", "registration_conflict"))
        .when(pl.col("registration") == "none")
        .then(pl.lit("请核对姓名和证件号码是否登记有误"))
        .otherwise(pl.lit("请核实是否迁出本县，外出务工、居住在外不算迁出"))
    )
    return pl.format("{}，仍在享受{}。{}；未核实前不得停发。", told, programme_text(), asked)


def _tier(scene: Scene) -> pl.Expr:
    recent = (pl.col("months_gone") <= GRACE_MONTHS.of(scene.parameters)).fill_null(False)
    unsure = pl.col("registration_disputed") | ~pl.col("registration_own") | (pl.col("registration") == "none")
    return pl.when(unsure.fill_null(True) | recent).then(pl.lit("电话核实"))


SCREEN = Screen(
    id="covered-but-gone",
    version="1",
    title="户籍迁出仍在保",
    citations=(
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "既不能错保，更不能漏保"),
        Citation("民政部办公厅 民办函〔2020〕21号", "虚报冒领、截留私分、挤占挪用"),
    ),
    population="正在享受低保、特困，户籍已迁出、注销或查无此人的人员",
    evidence=(
        *("programme", "form", "household_size", "registration", "registration_month", "months_gone"),
        *("registration_source", "registration_disputed", "registration_conflict"),
    ),
    basis=("registration", "registration_month", "programme"),
    moving=("months_gone",),
    records=("registration_records", "coverage_sources"),
    condition=_condition,
    logic="在保，而户籍已迁出或注销（外出务工不算）；来源互相矛盾的只作电话核实。",
    kind="wrongly-covered",
    settings=(GONE, GRACE_MONTHS, SOURCE_ORDER),
    sources=("police-answers", "village-slip"),
    reason=_reason,
    tier=_tier,
)
