"""单人保筛查: a severely disabled or listed-ill member, not covered, of a 低保边缘 household or beside a 单人保 holder.

Beside a holder is the best lead of all: that household was recognised as 边缘 when the holder was admitted. Two such
members in one household mean its income should be worked out again as a whole.
"""

import polars as pl

from matcher.screens.columns.settings import DIBAO_PROGRAMMES, DISEASES, MARGIN_PROGRAMMES, SEVERE_GRADES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, card_text, death_note, not_covered


def _condition(_: Scene) -> pl.Expr:
    return (pl.col("severe") | pl.col("listed")) & (pl.col("margin") | pl.col("beside_single")) & not_covered()


def _reason(scene: Scene) -> pl.Expr:
    causes = pl.concat_str(
        pl.when("severe").then(pl.format("{}重度残疾", card_text())),
        pl.when("listed").then(
            pl.format("患{}（属于重大疾病病种目录）", pl.col("listed_diagnosis").fill_null("重大疾病"))
        ),
        separator="、",
        ignore_nulls=True,
    )
    place = pl.when("beside_single").then(pl.lit("同户已有人享受单人保")).otherwise(pl.lit("所在家庭为低保边缘家庭"))
    several = (
        pl.when(pl.col("household_key").is_not_null() & (_condition(scene).sum().over("household_key") > 1))
        .then(pl.lit("同户有两人以上符合，建议整户重新核算。"))
        .otherwise(pl.lit(""))
    )
    return pl.format("{}，{}，本人未享受低保、特困，可按单人户申请低保。{}{}", causes, place, several, death_note())


def _tier(_: Scene) -> pl.Expr:
    return pl.when(~pl.col("beside_single") & ~pl.col("severe")).then(pl.lit("电话核实"))


SCREEN = Screen(
    id="single-person-dibao",
    version="1",
    title="单人保筛查",
    citations=(
        Citation("泾源县民政局 泾民发〔2021〕32号", "符合条件的重残人员、重病患者…实施“单人保”"),
        Citation("吉林省民政厅 实施意见（2020-04-01）", "参照“单人户”政策纳入低保"),
    ),
    population="低保边缘家庭成员，或同户已有人享受单人保的家庭成员",
    evidence=(
        *("card_class", "card_grade", "severe", "listed_diagnosis", "listed", "margin", "beside_single"),
        *("covered", "dead", "death_doubted"),
    ),
    basis=("card_class", "card_grade", "listed_diagnosis", "beside_single"),
    records=("card_records", "listed_records", "margin_sources", "single_sources"),
    condition=_condition,
    logic="重度残疾或患目录内重病，本人未保；所在家庭为低保边缘，或同户已有人享受单人保。同户两人以上符合的，建议整户重新核算。",
    settings=(SEVERE_GRADES, DISEASES, MARGIN_PROGRAMMES, DIBAO_PROGRAMMES),
    reason=_reason,
    tier=_tier,
)
