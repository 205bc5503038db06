"""免核对政策到期复核: in 低保 by a campaign's rule without a check of means, and the campaign is over.

The rule promised the check for afterwards. Who is still in the 低保 that was granted then comes up once; a check
that was made settles it, and so does the end of that support.
"""

import polars as pl

from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen


def _condition(scene: Scene) -> pl.Expr:
    over = (pl.col("exempt_until") < scene.as_of).fill_null(False)
    return over & pl.col("in_dibao") & ~pl.col("dead")


def _reason(_: Scene) -> pl.Expr:
    since, until = (pl.col(name).dt.strftime("%Y年%-m月%-d日") for name in ("exempt_since", "exempt_until"))
    return pl.format(
        "自{}起按“{}”纳入低保，未进行家庭经济状况核对；该政策已于{}到期，请核对家庭经济状况，再按低保政策动态管理。核对前不得停发。",
        since,
        pl.col("exempt_campaign"),
        until,
    )


SCREEN = Screen(
    id="campaign-exempt-due",
    version="1",
    title="免核对政策到期复核",
    citations=(
        Citation(
            "吉林省民政厅 实施意见（2020-04-01）",
            "参照“单人户”政策纳入低保…不再进行家庭经济状况核对，打赢…后再按低保政策进行动态管理",
        ),
    ),
    population="专项政策期间免核对纳入低保、政策到期后仍在保的人员",
    evidence=("exempt_campaign", "exempt_since", "exempt_until", "programme", "form", "dead"),
    basis=("exempt_campaign",),
    records=("coverage_sources",),
    condition=_condition,
    logic="按阶段性政策免予核对纳入的人员，政策到期后仍在保，须重新核对家庭经济状况。",
    kind="review",
    reason=_reason,
    usual_tier="电话核实",
    days=30,
)
