"""无劳力监测户未保: a monitored household in which nobody can earn a living, and neither 低保 nor 特困.

Unlike 监测户重残重病失能未保, which asks of one person, this asks of everybody behind the door: one able member is
enough for a household not to be listed here. Each of its uncovered members is listed, so that the card shows them all.
"""

import polars as pl

from matcher.screens.columns.workers import WORKING_FROM, WORKING_TO
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, death_note, not_covered, why_not_covered


def _condition(_: Scene) -> pl.Expr:
    return pl.col("monitored") & pl.col("without_labour") & not_covered()


def _reason(_: Scene) -> pl.Expr:
    category = pl.col("category").fill_null("风险未消除")
    size = pl.col("household_members").fill_null(1)
    return pl.format(
        "防止返贫监测户（{}），已知家庭成员{}人，没有能正常劳动的人，{}。{}",
        category,
        size,
        why_not_covered(),
        death_note(),
    )


SCREEN = Screen(
    id="uncovered-no-labour",
    version="1",
    title="无劳力监测户未保",
    citations=(
        Citation(
            "泾源县民政局 泾民发〔2021〕32号",
            "无劳动能力或弱劳动能力、持续增收能力较弱、返贫风险较高的脱贫不稳定人口、边缘易致贫人口、"
            "因病因灾因疫情因意外事故等刚性支出较大或收入大幅缩减…、其他特殊困难群体",
        ),
        Citation("民政部 民函〔2020〕12号", "完全丧失劳动能力和部分丧失劳动能力且无法依靠产业就业帮扶脱贫的"),
    ),
    population="防止返贫监测户，风险未消除，家中没有劳动力或只有弱劳动力，没有低保、特困",
    evidence=(
        *("category", "monitored", "household_members", "household_workers", "labour", "incapable", "able"),
        *("covered", "dead", "death_doubted", "last_end", "paused_since", "margin"),
    ),
    basis=("category", "household_workers", "labour", "last_end", "paused_since"),
    records=("monitored_records", "labour_records"),
    condition=_condition,
    logic="防止返贫监测户，风险未消除，全户没有能正常劳动的成员；逐人列出其中没有低保、特困的成员。",
    reason=_reason,
    days=10,
    urgency=lambda _: pl.lit(75, dtype=pl.Int32),
    settings=(WORKING_FROM, WORKING_TO),
    sources=("rural-monitoring",),
)
