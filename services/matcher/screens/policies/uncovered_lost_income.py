"""收入骤减未保: the breadwinner died, was imprisoned or became severely disabled, and no 低保 or 特困 came.

Whoever is in prison is not counted among those who live together and is not listed; the others behind the door are.
"""

import polars as pl

from matcher.screens.columns.breadwinners import INCOME_MONTHS
from matcher.screens.columns.days import told_day
from matcher.screens.columns.workers import WORKING_FROM, WORKING_TO
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, death_note, not_covered, why_not_covered

CAUSES = {"dead": "去世", "imprisoned": "被监禁服刑", "disabled": "评定为重度残疾"}


def _condition(_: Scene) -> pl.Expr:
    return pl.col("lost_income") & ~pl.col("imprisoned") & not_covered()


def _reason(_: Scene) -> pl.Expr:
    cause = pl.col("lost_cause").replace_strict(CAUSES, default="失去收入", return_dtype=pl.String)
    return pl.format(
        "家中主要劳动力{}{}，收入可能骤减，{}。{}",
        told_day("lost_on").fill_null(""),
        cause.fill_null("失去收入"),
        why_not_covered(),
        death_note(),
    )


SCREEN = Screen(
    id="uncovered-lost-income",
    version="1",
    title="收入骤减未保",
    citations=(
        Citation(
            "泾源县民政局 泾民发〔2021〕32号",
            "无劳动能力或弱劳动能力、持续增收能力较弱、返贫风险较高的脱贫不稳定人口、边缘易致贫人口、"
            "因病因灾因疫情因意外事故等刚性支出较大或收入大幅缩减…、其他特殊困难群体",
        ),
    ),
    population="主要劳动力近期去世、服刑或评定为重度残疾的家庭的成员，没有低保、特困",
    evidence=(
        *("lost_cause", "lost_on", "imprisoned", "household_members", "household_workers"),
        *("covered", "dead", "death_doubted", "last_end", "paused_since", "margin"),
    ),
    basis=("lost_cause", "lost_on", "last_end", "paused_since"),
    records=("lost_records",),
    condition=_condition,
    logic=(
        "同户主要劳动力在回溯期内死亡、服刑或新成为重度残疾人；同户其他成员当日没有低保、特困，且没有死亡记录"
        "。服刑人员本人不列。"
    ),
    reason=_reason,
    days=10,
    urgency=lambda _: pl.lit(75, dtype=pl.Int32),
    settings=(INCOME_MONTHS, WORKING_FROM, WORKING_TO),
    sources=("health-deaths", "cremations", "police-answers", "village-slip", "disability-cards"),
)
