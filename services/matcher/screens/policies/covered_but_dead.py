"""死亡未停保: covered on the day, with a death before it.

A whole household is reduced or gets a new head, it is not stopped; a doubt about who died, or whether, is asked by
telephone; and nothing here ever stops a payment: a false "dead" takes somebody's living.
"""

import polars as pl

from matcher.screens.columns.deaths import DOUBTFUL
from matcher.screens.columns.settings import COVERED_PROGRAMMES, DEATH_GRACE_MONTHS, TRUSTED_GRADES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, programme_text, yuan


def _condition(_: Scene) -> pl.Expr:
    return pl.col("covered") & (pl.col("died_before") | pl.col("doubted_before") | pl.col("disputed_before"))


def _reason(_: Scene) -> pl.Expr:
    month = pl.col("died").dt.strftime("%Y年%-m月")
    told = (
        pl.when("doubted_before")
        .then(pl.lit("有一条死亡记录疑似本人或家人，请电话问清哪一位已故"))
        .when("disputed_before")
        .then(pl.format("各部门说法不一（{}），请电话问清是否在世", "death_conflict"))
        .when(pl.col("died").is_null())
        .then(pl.format("{}登记已死亡（日期不详）", "death_sources"))
        .otherwise(pl.format("{}登记于{}死亡，此后已跨{}个月", "death_sources", month, pl.col("months_since")))
    )
    alone = (pl.col("household_size") == 1).fill_null(False)
    step = (
        pl.when((pl.col("form") == "household") & ~alone)
        .then(pl.lit("属实的，核减该成员；本人是户主的变更户主，不停全户"))
        .otherwise(pl.lit("属实的，自死亡次月起停发"))
    )
    paid = pl.format("（死亡后已发放{}个月{}元）", pl.col("dead_months"), yuan("dead_yuan"))
    paid = pl.when("dead_paid").then(paid).otherwise(pl.lit(""))
    return pl.format("{}，仍在享受{}{}。{}；未核实前不得停发。", told, programme_text(), paid, step)


def _tier(scene: Scene) -> pl.Expr:
    recent = (pl.col("months_since") <= DEATH_GRACE_MONTHS.of(scene.parameters)).fill_null(False)
    # Only by name and birthday, or contradicted: whether it is this person is asked before anybody goes there.
    unsure = pl.col("death_confidence") == DOUBTFUL
    return pl.when(unsure | recent).then(pl.lit("电话核实"))


SCREEN = Screen(
    id="covered-but-dead",
    version="2",
    title="死亡未停保",
    citations=(
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "既不能错保，更不能漏保"),
        Citation("民政部办公厅 民办函〔2020〕21号", "虚报冒领、截留私分、挤占挪用"),
    ),
    population="正在享受低保、特困的人员",
    evidence=(
        *("programme", "form", "household_size", "died_month", "months_since", "doubted_before", "disputed_before"),
        *("death_sources", "death_confidence", "death_conflict", "dead_months", "dead_yuan"),
    ),
    basis=("died_month", "programme", "doubted_before", "disputed_before"),
    moving=("months_since", "dead_months", "dead_yuan"),
    records=("death_records", "coverage_sources", "dead_records"),
    condition=_condition,
    logic=(
        "当日在保，而有当日以前的死亡记录（卫健、殡葬、公安、村级月报等）；死亡次月起仍在发放的月数超过在途宽限的，必访。"
        "疑似本人的记录、来源说法不一的只作电话核实，任何情况不自动停发。"
    ),
    settings=(DEATH_GRACE_MONTHS, COVERED_PROGRAMMES, TRUSTED_GRADES),
    kind="wrongly-covered",
    reason=_reason,
    tier=_tier,
)
