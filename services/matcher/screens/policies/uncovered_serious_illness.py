"""重病未保: what an illness cost the person reaches the line, and neither 低保 nor 特困.

Where the source has the cost, a row's own 个人自付 decides, or where the medical insurance tells its settlements, those
of twelve months together; where it has none, the list of diseases does, and the finding says which it was.
"""

import polars as pl

from matcher.screens.columns.illness import ILLNESS_BASIS
from matcher.screens.columns.settings import COVERED_PROGRAMMES, DISEASES, ILLNESS_LINE_YUAN
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, death_note, illness_text, not_covered, why_not_covered


def _condition(_: Scene) -> pl.Expr:
    return pl.col("serious") & not_covered()


def _reason(scene: Scene) -> pl.Expr:
    illness = illness_text(ILLNESS_LINE_YUAN.of(scene.parameters))
    return pl.format("患{}，{}。{}", illness, why_not_covered(), death_note())


SCREEN = Screen(
    id="uncovered-serious-illness",
    version="1",
    title="重病未保",
    citations=(
        Citation("泾源县民政局 泾民发〔2021〕32号", "加强与乡村振兴、卫生健康、残联等部门对接衔接，定期开展数据比对"),
        Citation("泾源县民政局 泾民发〔2021〕32号", "符合条件的重残人员、重病患者…实施“单人保”"),
        Citation(
            "民政部办公厅 民办函〔2020〕21号",
            "未脱贫建档立卡贫困户中的重病患者、重度残疾人等完全丧失劳动能力和部分丧失劳动能力的贫困人口纳入低保范围",
        ),
    ),
    population="卫生健康、医保部门通报的重大疾病患者",
    evidence=(
        "diagnosis",
        "icd",
        "self_paid",
        "self_paid_12m",
        "benefit",
        "listed",
        "covered",
        "dead",
        "death_doubted",
        "last_end",
        "paused_since",
        "margin",
    ),
    basis=("diagnosis", "self_paid", "self_paid_12m", "benefit", "last_end", "paused_since"),
    moving=("self_paid_12m",),
    records=("illness_records",),
    condition=_condition,
    logic=(
        "按本地选定的依据：个人自付达到线（一笔金额，或有结算数据的按参考日前连续十二个月合计、冲减退费），"
        "享受大病保险或医疗救助，或诊断在病种目录内（来源没有金额时）。当日没有低保、特困，且没有死亡记录。"
    ),
    settings=(ILLNESS_BASIS, ILLNESS_LINE_YUAN, DISEASES, COVERED_PROGRAMMES),
    reason=_reason,
)
