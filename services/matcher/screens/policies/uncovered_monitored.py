"""监测对象未保: every member of a monitored household whose risk is not removed, and neither 低保 nor 特困.

The household is the unit of visit; each of its uncovered members is listed, so that the card shows them all.
"""

import polars as pl

from matcher.screens.columns.settings import COVERED_PROGRAMMES, MONITORED_STATES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, death_note, not_covered, why_not_covered


def _condition(_: Scene) -> pl.Expr:
    return pl.col("monitored") & not_covered()


def _reason(_: Scene) -> pl.Expr:
    category = pl.col("category").fill_null("防止返贫监测对象")
    return pl.format("防止返贫监测对象（{}，风险未消除），{}。{}", category, why_not_covered(), death_note())


SCREEN = Screen(
    id="uncovered-monitored",
    version="1",
    title="监测对象未保",
    citations=(
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "全面比对、摸排脱贫不稳定户、边缘易致贫户…符合条件的全部纳入"),
        Citation(
            "民政部 民函〔2020〕12号",
            "全面比对、摸排未脱贫人口和收入不稳定…已脱贫人口以及建档立卡边缘人口，掌握未纳入救助范围的人员情况",
        ),
        Citation("吉林省民政厅 实施意见（2020-04-01）", "符合条件的返贫人口和建档立卡边缘人口纳入低保范围"),
    ),
    population="防止返贫监测户（脱贫不稳定、边缘易致贫、突发严重困难）的家庭成员，风险未消除",
    evidence=("category", "monitored", "covered", "dead", "death_doubted", "last_end", "paused_since", "margin"),
    basis=("category", "last_end", "paused_since"),
    records=("monitored_records",),
    condition=_condition,
    logic="防止返贫监测户成员，风险未消除；当日没有低保、特困，且没有死亡记录。同户逐人列出，一户一卡。",
    settings=(MONITORED_STATES, COVERED_PROGRAMMES),
    usual_tier="电话核实",
    reason=_reason,
)
