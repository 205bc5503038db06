"""数据不一致: what an agency's row says against the person's number, its own card number, or our coverage.

It goes back to the agency, which checks and corrects within ten working days (article 26 of the regulation on sharing
government data). What a household says of its own support is never coverage; it is told back only to agencies whose
agreement lets them know who is covered.
"""

import polars as pl

from matcher.screens.columns.disagreements import CLAIMS_FEEDS, TOLD_BACK
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen


def _condition(_: Scene) -> pl.Expr:
    return pl.col("disagreement_text").is_not_null()


def _reason(_: Scene) -> pl.Expr:
    return pl.format("数据不一致（{}），请{}核对更正。", "disagreement_text", "disagreement_sources")


SCREEN = Screen(
    id="feed-disagrees",
    version="1",
    title="数据不一致",
    citations=(
        Citation("泾源县民政局 泾民发〔2021〕32号", "加强与乡村振兴、卫生健康、残联等部门对接衔接，定期开展数据比对"),
        Citation("民政部 民函〔2020〕12号", "加快民政数据资源体系建设…推动“金民工程”…数据资源共享"),
    ),
    population="各部门数据中号码、证件或在保情况与登记不一致的人员",
    evidence=("disagreement_text", "disagreement_sources", "covered"),
    basis=("disagreement_text",),
    records=("disagreement_records",),
    condition=_condition,
    logic=(
        "来源之间或与登记库不一致：身份号码与姓名不符、证面类别等级与证号不符、自报在保与登记库不符。只作数据核对。"
    ),
    kind="data",
    usual_tier="观察",
    days=10,
    settings=(TOLD_BACK, CLAIMS_FEEDS),
    reason=_reason,
)
