"""退保未评估: support of somebody who cannot work, or hardly, ended, and nobody assessed the risk of falling back."""

import polars as pl

from matcher.screens.columns.exits import EXIT_MONTHS
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, day_text, not_covered


def _condition(_: Scene) -> pl.Expr:
    return pl.col("left_unassessed") & not_covered()


def _reason(_: Scene) -> pl.Expr:
    why = pl.col("exit_reason").fill_null("原因不详")
    return pl.format(
        "完全或部分丧失劳动能力，保障于{}停止（{}），没有返贫风险评估，请补做评估，确有困难的重新纳入。",
        day_text("exit_on"),
        why,
    )


SCREEN = Screen(
    id="exit-without-assessment",
    version="1",
    title="退保未评估",
    citations=(
        Citation(
            "吉林省民政厅 实施意见（2020-04-01）", "对完全或者部分丧失劳动能力的贫困人口，必须全面评估退出后的返贫风险"
        ),
    ),
    population="近一年退出低保、特困的完全或部分丧失劳动能力的人员",
    evidence=("left_unassessed", "exit_reason", "exit_on", "covered", "dead"),
    basis=("exit_on",),
    records=("exit_records",),
    condition=_condition,
    logic="完全或部分丧失劳动能力的人员停止保障，没有返贫风险评估记录，现仍未保。",
    reason=_reason,
    kind="exit",
    settings=(EXIT_MONTHS,),
    sources=("registry",),
)
