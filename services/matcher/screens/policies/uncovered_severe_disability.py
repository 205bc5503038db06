"""重残未保: a valid card of a severe disability, and neither 低保 nor 特困.

Severe for assistance: grades 1–2 of any class, grade 3 of 智力 and 精神. A lapsed or frozen card, or one whose last
day is gone, is another screen's.
"""

import polars as pl

from matcher.screens.columns.settings import CARD_STATUSES, COVERED_PROGRAMMES, SEVERE_GRADES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, card_text, death_note, not_covered, why_not_covered


def _condition(_: Scene) -> pl.Expr:
    return pl.col("severe") & not_covered()


def _reason(_: Scene) -> pl.Expr:
    return pl.format("持有效残疾人证（{}，重度），{}。{}", card_text(), why_not_covered(), death_note())


SCREEN = Screen(
    id="uncovered-severe-disability",
    version="1",
    title="重残未保",
    citations=(
        Citation("泾源县民政局 泾民发〔2021〕32号", "符合条件的重残人员、重病患者…实施“单人保”"),
        Citation("泾源县民政局 泾民发〔2021〕32号", "重点掌握未纳入农村低保、特困…保障范围的人群情况"),
        Citation(
            "民政部办公厅 民办函〔2020〕21号",
            "未脱贫建档立卡贫困户中的重病患者、重度残疾人等完全丧失劳动能力和部分丧失劳动能力的贫困人口纳入低保范围",
        ),
    ),
    population="持有效残疾人证，一级、二级或三级智力、三级精神残疾的人员",
    evidence=(
        "card_class",
        "card_grade",
        "severe",
        "covered",
        "dead",
        "death_doubted",
        "last_end",
        "paused_since",
        "margin",
    ),
    basis=("card_class", "card_grade", "last_end", "paused_since"),
    records=("card_records",),
    condition=_condition,
    logic="持当日在有效期内的有效残疾人证，一级、二级（任何类别）或三级智力、精神；当日没有低保、特困，且没有死亡记录。",
    settings=(SEVERE_GRADES, CARD_STATUSES, COVERED_PROGRAMMES),
    reason=_reason,
)
