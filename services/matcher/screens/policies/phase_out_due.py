"""应予脱贫渐退: income strictly between the standard and the area's multiple of it, and no phasing out begun.

The multiple is the area's own: no document of the nation has one, so where the area has set none nothing is said.
"""

import polars as pl

from matcher.screens.columns.exits import (
    INCOME_MONTHS,
    PHASE_OUT_CAUSES,
    PHASE_OUT_MULTIPLE,
    PHASE_OUT_PROGRAMMES,
)
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, day_text, programme_text


def _condition(scene: Scene) -> pl.Expr:
    ratio, most = pl.col("income_ratio"), PHASE_OUT_MULTIPLE.of(scene.parameters)
    between = ((ratio > 1) & (ratio < most)).fill_null(False)
    causes = PHASE_OUT_CAUSES.of(scene.parameters)
    cause = pl.col("phase_out_cause") if causes else pl.lit(True)
    return pl.col("may_phase_out") & between & cause & ~pl.col("phasing_out") & ~pl.col("dead")


def _reason(scene: Scene) -> pl.Expr:
    most = PHASE_OUT_MULTIPLE.of(scene.parameters)
    return pl.format(
        "正在享受{}，{}核算的家庭人均收入为低保标准的{}倍（高于1倍、低于{}倍），请按本地规定办理脱贫渐退。",
        programme_text(),
        day_text("income_on"),
        pl.col("income_ratio").round(2),
        pl.lit(f"{most:.10g}"),
    )


SCREEN = Screen(
    id="phase-out-due",
    version="1",
    title="应予脱贫渐退",
    citations=(
        Citation("吉林省民政厅 实施意见（2020-04-01）", "收入高于当地低保标准且低于当地低保标准2倍的…实行“脱贫渐退”"),
    ),
    population="正在享受农村低保、收入超过低保标准而没有办理渐退的人员；本地已设定收入上限倍数的才筛查",
    evidence=("programme", "income_ratio", "income_on", "phase_out_cause", "phasing_out", "dead"),
    basis=("income_on",),
    records=("income_records", "cause_records", "phasing_sources"),
    condition=_condition,
    logic=(
        "在享农村低保，核算的家庭人均收入严格高于低保标准、严格低于本地规定倍数，有本地要求的缘由，尚未渐退。"
        "本地没有规定倍数的不筛查。"
    ),
    reason=_reason,
    kind="review",
    usual_tier="电话核实",
    days=20,
    settings=(PHASE_OUT_MULTIPLE, PHASE_OUT_PROGRAMMES, PHASE_OUT_CAUSES, INCOME_MONTHS),
    needs=(PHASE_OUT_MULTIPLE,),
    sources=("registry",),
)
