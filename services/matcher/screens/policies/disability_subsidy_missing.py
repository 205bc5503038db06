"""两项补贴应享未享: disabled in 低保 without the living subsidy, or severely disabled without the care subsidy.

Nothing at all where nobody ever told who is paid: a county whose subsidies are in no feed would find everybody.
"""

import polars as pl

from matcher.screens.columns.subsidies import CARE_GRADES, EXCLUDED_PROGRAMMES, LIVING_PROGRAMMES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, card_text, death_note


def _condition(_: Scene) -> pl.Expr:
    return pl.col("living_missing") | pl.col("care_missing")


def _reason(_: Scene) -> pl.Expr:
    missing = pl.concat_str(
        pl.when("living_missing").then(pl.lit("在享救助符合困难残疾人生活补贴条件，没有领取")),
        pl.when("care_missing").then(pl.lit("残疾等级符合重度残疾人护理补贴条件，没有领取")),
        separator="；",
        ignore_nulls=True,
    )
    return pl.format("持有效残疾人证（{}），{}。{}", card_text(), missing, death_note())


SCREEN = Screen(
    id="disability-subsidy-missing",
    version="1",
    title="两项补贴应享未享",
    citations=(
        Citation("民政部 民函〔2020〕12号", "贫困重度残疾人照护"),
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "既不能错保，更不能漏保"),
    ),
    population="低保家庭的残疾人（生活补贴），一级、二级重度残疾人（护理补贴），不含特困人员和孤儿",
    evidence=(
        *("card_class", "card_grade", "programme", "living_missing", "care_missing", "living_due", "care_due"),
        *("living_paid", "care_paid", "subsidy_barred", "orphan", "dead", "death_doubted"),
    ),
    basis=("card_class", "card_grade", "living_missing", "care_missing"),
    records=("held_records", "coverage_sources"),
    condition=_condition,
    logic=(
        "持有效残疾人证：在享低保而没有生活补贴，或等级符合护理补贴而没有护理补贴；享受特困供养、孤儿保障的除"
        "外。从没有送过补贴发放名单的，不筛查。"
    ),
    reason=_reason,
    kind="subsidy",
    usual_tier="电话核实",
    days=20,
    settings=(LIVING_PROGRAMMES, CARE_GRADES, EXCLUDED_PROGRAMMES),
    sources=("disability-subsidies",),
)
