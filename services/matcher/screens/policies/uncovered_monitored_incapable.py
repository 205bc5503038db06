"""监测户重残重病失能未保: monitored, and severely disabled, seriously ill or without full labour ability.

The list inspectors ask for first: of the monitored these are the ones who cannot work their way out.
"""

import polars as pl

from matcher.screens.columns.settings import ILLNESS_LINE_YUAN, MONITORED_STATES, SEVERE_GRADES, WEAK_LABOUR
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, card_text, death_note, illness_text, not_covered, why_not_covered


def _condition(_: Scene) -> pl.Expr:
    return pl.col("monitored") & (pl.col("severe") | pl.col("serious") | pl.col("incapable")) & not_covered()


def _reason(scene: Scene) -> pl.Expr:
    causes = pl.concat_str(
        pl.when("severe").then(pl.format("{}重度残疾", card_text())),
        pl.when("serious").then(pl.format("患{}", illness_text(ILLNESS_LINE_YUAN.of(scene.parameters)))),
        pl.when("incapable").then(pl.col("labour").fill_null("劳动能力不足")),
        separator="、",
        ignore_nulls=True,
    )
    category = pl.col("category").fill_null("风险未消除")
    return pl.format("防止返贫监测对象（{}）且{}，{}。{}", category, causes, why_not_covered(), death_note())


SCREEN = Screen(
    id="uncovered-monitored-incapable",
    version="1",
    title="监测户重残重病失能未保",
    citations=(
        Citation(
            "民政部办公厅 民办函〔2020〕21号",
            "未脱贫建档立卡贫困户中的重病患者、重度残疾人等完全丧失劳动能力和部分丧失劳动能力的贫困人口纳入低保范围",
        ),
        Citation("民政部 民函〔2020〕12号", "完全丧失劳动能力和部分丧失劳动能力且无法依靠产业就业帮扶脱贫的"),
    ),
    population="防止返贫监测户家庭成员，风险未消除，且重度残疾、重大疾病或丧失、部分丧失劳动能力",
    evidence=(
        *("category", "monitored", "card_class", "card_grade", "severe", "diagnosis", "self_paid", "serious"),
        *("self_paid_12m", "benefit"),
        *("labour", "incapable", "covered", "dead", "death_doubted", "last_end", "paused_since", "margin"),
    ),
    basis=("category", "card_class", "card_grade", "diagnosis", "self_paid", "labour", "last_end", "paused_since"),
    moving=("self_paid_12m",),
    records=("monitored_records", "card_records", "illness_records", "labour_records"),
    condition=_condition,
    logic="防止返贫监测户成员，风险未消除，并且重度残疾、重病、无劳力或弱劳力之一；当日没有低保、特困，且没有死亡记录。",
    settings=(MONITORED_STATES, WEAK_LABOUR, SEVERE_GRADES, ILLNESS_LINE_YUAN),
    reason=_reason,
)
