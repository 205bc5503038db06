"""The last screenings: what each found, changed and let go."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from matcher.statistics.figure import Figures, Measure
from matcher.statistics.ground import Ground

COUNTS = ("created", "changed", "gone", "suppressed", "returned", "unchanged", "waiting", "open")
SEEN = ("at_risk", "uncovered")
MEASURES = (
    Measure("as_of", "筛查基准日", "date"),
    Measure("made_at", "运行时间", "text"),
    Measure("created", "新增"),
    Measure("changed", "变化"),
    Measure("gone", "撤回"),
    Measure("suppressed", "已有结论不再列出"),
    Measure("returned", "结论后重新列出"),
    Measure("unchanged", "无变化"),
    Measure("waiting", "排队待下发"),
    Measure("open", "现存线索"),
    Measure("at_risk", "风险人员"),
    Measure("uncovered", "现疑似漏保"),
)
DEFINITION = (
    "最近 24 次有变化（或当日首次）的筛查，新的在前。新增、变化、撤回等为全库线索条数，只对管辖全部乡镇的账号显示；"
    "风险人员和现疑似漏保按所查区域统计，村级为空。"
)


def runs(screenings: Sequence[Mapping[str, Any]], ground: Ground) -> Figures:
    """One row per screening. `screenings`: as_of, made_at, the COUNTS, figures by township (9 digits)."""
    return Figures([_row(one, ground) for one in screenings], None)


def _row(one: Mapping[str, Any], ground: Ground) -> dict[str, Any]:
    towns = {town.ljust(12, "0"): figures for town, figures in one["figures"].items() if town.isdigit()}
    held = [figures for town, figures in towns.items() if ground.holds(town)]
    # Who answers for a part of the county is not told what happened in the rest of it.
    whole = len(held) == len(towns)
    below = ground.area[9:] != "000"
    day: date = one["as_of"]
    return {
        "as_of": day.isoformat(),
        "made_at": one["made_at"].isoformat(timespec="seconds"),
        **{name: one[name] if whole else None for name in COUNTS},
        **{name: None if below else sum(figures[name] for figures in held) for name in SEEN},
    }
