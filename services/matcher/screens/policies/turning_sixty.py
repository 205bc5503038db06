"""下月满六十: people of one-person 低保 households who come to the age of 无劳动能力 in the coming month.

From that birthday on 单人户特困筛查 asks of them; a month before, papers can be made ready.
"""

import polars as pl

from matcher.screens.columns.care import TEKUN_PROGRAMMES
from matcher.screens.columns.days import birthday, month_after
from matcher.screens.columns.tekun import CHILD_AGE, INCOME_BY_DIBAO, MET, OLD_AGE, UNABLE_GRADES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, death_note


def _condition(scene: Scene) -> pl.Expr:
    first, last = month_after(scene.as_of)
    turns = birthday(OLD_AGE.of(scene.parameters)).is_between(pl.lit(first), pl.lit(last)).fill_null(False)
    asked = pl.col("tekun_labour") == MET  # a card or a child: 单人户特困筛查 asks already
    return pl.col("single_dibao") & turns & ~asked & ~pl.col("voluntary") & ~pl.col("dead")


def _reason(scene: Scene) -> pl.Expr:
    years = OLD_AGE.of(scene.parameters)
    day = birthday(years).dt.strftime("%Y年%-m月%-d日")
    return pl.format("一人户低保，将于{}年满{}周岁，请提前准备特困认定。{}", day, pl.lit(years), death_note())


SCREEN = Screen(
    id="turning-sixty",
    version="1",
    title="下月满六十",
    citations=(
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "对低保系统中的单人户逐人排查，将其中符合特困…条件的纳入特困"),
        Citation("泾源县民政局 泾民发〔2021〕32号", "确保不落死角…坚决避免整改不到位和反弹回潮"),
    ),
    population="家庭只有一人的低保对象，下个月达到无劳动能力的老年人年龄",
    evidence=("programme", "form", "household_size", "tekun_labour", "voluntary", "dead", "death_doubted"),
    basis=("programme",),
    records=("coverage_sources",),
    condition=_condition,
    logic=(
        "一户一人的整户低保，下个月内满特困认定的老年年龄（按日历生日），目前没有其他无劳动能力依据，也没有自"
        "愿低保协议。"
    ),
    reason=_reason,
    kind="reminder",
    usual_tier="观察",
    days=30,
    settings=(OLD_AGE, CHILD_AGE, UNABLE_GRADES, INCOME_BY_DIBAO, TEKUN_PROGRAMMES),
)
