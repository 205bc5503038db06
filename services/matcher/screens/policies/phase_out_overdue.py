"""脱贫渐退超期: phasing out goes on past the end it was given, or for more months than the area allows.

Where the area has set no months, only the end that was decided is looked at.
"""

import polars as pl

from matcher.screens.columns.exits import PHASE_OUT_MONTHS, PHASE_OUT_PROGRAMMES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, day_text, month_text


def _condition(_: Scene) -> pl.Expr:
    late = pl.col("phasing_past") | pl.col("phasing_long")
    return pl.col("may_phase_out") & pl.col("phasing_out") & late & ~pl.col("dead")


def _reason(scene: Scene) -> pl.Expr:
    most = PHASE_OUT_MONTHS.of(scene.parameters)
    why = (
        pl.when("phasing_past")
        .then(pl.format("渐退期已于{}届满，仍在发放", day_text("phasing_until")))
        .otherwise(
            pl.format(
                "自{}起渐退，共{}个月，超过本地规定的{}个月",
                month_text("phasing_since"),
                pl.col("phasing_months"),
                pl.lit("" if most is None else f"{most:.10g}"),
            )
        )
    )
    return pl.format("{}，请停保；重新符合条件的自次月起恢复正常差额救助。", why)


SCREEN = Screen(
    id="phase-out-overdue",
    version="1",
    title="脱贫渐退超期",
    citations=(
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "严格落实3-6个月的低保渐退政策"),
        Citation(
            "吉林省民政厅 实施意见（2020-04-01）",
            "渐退期间…重新符合低保条件的，自审核之月下月起，终止“脱贫渐退”，按…正常差额救助",
        ),
    ),
    population="正在脱贫渐退的农村低保对象；本地未设定渐退月数的只看已定的期满日",
    evidence=("phasing_since", "phasing_until", "phasing_months", "phasing_past", "phasing_long", "dead"),
    basis=("phasing_since", "phasing_until"),
    moving=("phasing_months",),
    records=("phasing_records", "phasing_sources"),
    condition=_condition,
    logic="渐退期已过约定届满日仍在发放，或渐退月数超过本地规定；本地没有规定月数的只看届满日。",
    reason=_reason,
    kind="review",
    settings=(PHASE_OUT_MONTHS, PHASE_OUT_PROGRAMMES),
    sources=("registry",),
)
