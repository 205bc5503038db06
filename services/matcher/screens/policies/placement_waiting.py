"""集中供养轮候: somebody asked for a place in an institution, and waits."""

import polars as pl

from matcher.screens.columns.care import HOME_CARE_PROGRAMMES, TEKUN_PROGRAMMES
from matcher.screens.parameters import Whole
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, day_text

PLACEMENT_DAYS = Whole("placement_days", "提出集中供养后安置的天数", 0, 365, "天")


def _condition(scene: Scene) -> pl.Expr:
    waits = (pl.col("placement_days") >= PLACEMENT_DAYS.of(scene.parameters)).fill_null(True)
    return pl.col("cared_at_home") & pl.col("wants_placement") & waits & ~pl.col("dead")


def _reason(_: Scene) -> pl.Expr:
    since = (
        pl.when(pl.col("placement_asked").is_null())
        .then(pl.lit("已提出集中供养（日期不详）"))
        .otherwise(pl.format("{}提出集中供养，已等候{}天", day_text("placement_asked"), pl.col("placement_days")))
    )
    return pl.format("特困人员{}，仍在家中，请安排入住机构。", since)


SCREEN = Screen(
    id="placement-waiting",
    version="1",
    title="集中供养轮候",
    citations=(Citation("民政部办公厅 民办函〔2020〕21号", "有集中供养需求的…全部安排入住机构"),),
    population="愿意集中供养而未入住机构的特困人员",
    evidence=("cared_at_home", "wants_placement", "placement_asked", "placement_days", "dead"),
    basis=("placement_asked",),
    moving=("placement_days",),
    records=("placement_records", "tekun_sources"),
    condition=_condition,
    logic="特困人员愿意集中供养，提出后已满规定天数仍未入住机构，且没有死亡记录。",
    reason=_reason,
    kind="care",
    settings=(PLACEMENT_DAYS, HOME_CARE_PROGRAMMES, TEKUN_PROGRAMMES),
    sources=("registry",),
)
