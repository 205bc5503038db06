"""From everybody at risk to those an import shows as covered: where people are lost on the way."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from matcher.statistics.figure import Figures, Measure, by_area, child, child_width
from matcher.statistics.ground import Ground

COVERED_BY_IMPORT = "已纳入保障"  # why the ledger closed the item
UNDER_WAY = "in-progress"
# Our name of what a screening counted → its name there.
SEEN = {"at_risk": "at_risk", "linked": "linked", "covered_now": "covered", "uncovered_now": "uncovered"}
MEASURES = (
    Measure("at_risk", "风险人员"),
    Measure("linked", "其中在低收入人口库"),
    Measure("covered_now", "其中现已在保"),
    Measure("uncovered_now", "其中现未在保"),
    Measure("uncovered", "累计疑似漏保"),
    Measure("verified", "已核查"),
    Measure("in_process", "已进入办理"),
    Measure("covered", "已纳入保障"),
)
DEFINITION = (
    "风险人员：最近一次筛查时，各部门数据中至少有一项风险（重残、重病、监测对象等）且未死亡的人。其中在低收入人口库："
    "风险人员中与登记库中某人关联上的。其中现已在保、现未在保：当日享受、未享受低保或特困的，两项之和等于风险人员。以"
    "上四项为当日存量，按乡镇统计，村级为空。累计疑似漏保：现仍在清单上的，加上已有核查结果的疑似漏保线索（撤回前从未"
    "核查的不计）。已核查：其中乡镇报告过核查结果的。已进入办理：其中核查后进入救助办理（含已办成）的。已纳入保障：其"
    "中由民政导入证实已享受救助的；任何核查结果本身都不产生保障。累计疑似漏保 ≥ 已核查 ≥ 已进入办理 ≥ 已纳入保障。"
)
# Leads by where they stand: how many (`people`) of an area, state, kind and what the ledger last said of them.
STANDINGS = {
    "area": pl.String,
    "state": pl.String,
    "missed": pl.Boolean,
    "code": pl.String,
    "standing": pl.String,
    "closed_reason": pl.String,
    "people": pl.Int64,
}


def funnel(leads: pl.DataFrame, screened: Mapping[str, Mapping[str, Any]], ground: Ground) -> Figures:
    """The stages by division below. `leads`: STANDINGS; `screened`: township (9 digits) → what a screening saw."""
    missed = leads.filter("missed").with_columns(child(pl.col("area"), ground.area).alias("area"))
    verified = pl.col("code").is_not_null()
    covered = verified & (pl.col("closed_reason") == COVERED_BY_IMPORT).fill_null(value=False)
    under_way = verified & ((pl.col("standing") == UNDER_WAY).fill_null(value=False) | covered)
    listed = pl.col("state").is_in(["open", "suppressed"]) | verified
    people = pl.col("people")
    cohort = missed.group_by("area").agg(
        people.filter(listed).sum().alias("uncovered"),
        people.filter(verified).sum().alias("verified"),
        people.filter(under_way).sum().alias("in_process"),
        people.filter(covered).sum().alias("covered"),
    )
    rows, total = by_area([cohort, *_seen(screened, ground)], MEASURES, ground.area, ground.standing)
    return Figures(rows, {**total, **_whole(screened, ground)})


def _figures(screened: Mapping[str, Mapping[str, Any]], ground: Ground) -> pl.DataFrame:
    schema = {"area": pl.String, **dict.fromkeys(SEEN, pl.Int64)}
    rows = [
        {"area": town.ljust(12, "0"), **{name: one[of] for name, of in SEEN.items()}}
        for town, one in screened.items()
        if town.isdigit() and ground.holds(town.ljust(12, "0"))
    ]
    return pl.DataFrame(rows, schema=schema)


def _seen(screened: Mapping[str, Mapping[str, Any]], ground: Ground) -> list[pl.DataFrame]:
    """What the screening saw, by division; nothing below townships."""
    if child_width(ground.area) > 9:
        return []
    placed = _figures(screened, ground).with_columns(child(pl.col("area"), ground.area).alias("area"))
    return [placed.group_by("area").agg(pl.col(list(SEEN)).sum())]


def _whole(screened: Mapping[str, Mapping[str, Any]], ground: Ground) -> dict[str, int | None]:
    """What the screening saw in all of the area; of a village it cannot tell."""
    if child_width(ground.area) > 9 and ground.area[9:] != "000":
        return dict.fromkeys(SEEN)
    found = _figures(screened, ground)
    return {name: int(found[name].sum()) for name in SEEN}
