"""近亲属未备案: a beneficiary in whose household, or among whose kin, a member of staff is whom nobody filed.

It is no wrong to be a relative: what is missing is the filing, and the review that follows it.
"""

import polars as pl

from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, programme_text


def _condition(_: Scene) -> pl.Expr:
    return pl.col("covered") & ~pl.col("dead") & pl.col("staff_beside")


def _reason(_: Scene) -> pl.Expr:
    post = pl.col("beside_post").fill_null("应备案工作人员")
    who = (
        pl.when("staff_self")
        .then(pl.format("本人是{}", post))
        .when("staff_by_kin")
        .then(pl.format("近亲属是{}", post))
        .otherwise(pl.format("同户有{}", post))
    )
    return pl.format("正在享受{}，{}，没有近亲属备案，请补办备案并逐一排查是否符合条件。", programme_text(), who)


SCREEN = Screen(
    id="unfiled-relative",
    version="1",
    title="近亲属未备案",
    citations=(
        Citation("吉林省民政厅 实施意见（2020-04-01）", "认真落实近亲属备案制度"),
        Citation("泾源县民政局 泾民发〔2021〕32号", "对城乡低保对象中实施备案的人员逐一排查，及时清理纠正优亲厚友"),
    ),
    population="正在享受低保、特困，本人、同户成员或近亲属在工作人员名册上的人员",
    evidence=("programme", "beside_post", "staff_self", "staff_by_kin", "covered", "dead"),
    basis=("programme", "beside_post", "staff_self"),
    records=("beside_records", "kin_records", "coverage_sources"),
    condition=_condition,
    logic="工作人员名册中的人与救助对象同户或有登记的亲属关系，而没有近亲属备案。",
    reason=_reason,
    kind="conduct",
    usual_tier="电话核实",
    days=15,
    sources=("staff-roster",),
)
