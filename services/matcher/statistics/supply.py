"""Whether the agencies deliver what was agreed, how it matches, what waits, and what became of rows found wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from matcher.statistics.figure import Figures, Measure
from matcher.statistics.ground import Asked
from matcher.statistics.quality import share

MEASURES = (
    Measure("feed", "数据源代码", "text"),
    Measure("title", "数据源", "text"),
    Measure("agency", "部门", "text"),
    Measure("agreed", "约定供给", "number"),
    Measure("on_time", "按时供给", "number"),
    Measure("on_time_share", "按时率", "share"),
    Measure("late_days", "过期天数", "days"),
    Measure("records", "记录数"),
    Measure("matched_share", "关联率", "share"),
    Measure("doubts", "待复核"),
    Measure("corrections", "请求更正"),
    Measure("answered", "已答复"),
    Measure("answered_share", "答复率", "share"),
    Measure("overdue", "超期未答复"),
)
DEFINITION = (
    "每个数据源一行。约定供给：约定送数的“数据源×地区”个数；按时供给：其中统计期内每一天都未过期的，即截至当日已生效的"
    "数据的截止日（没有填报的从送达日）距当日不超过约定更新天数；从未送达的为不按时。过期天数为各地区过期天数之和。记"
    "录数、关联率、待复核为现时数：现在生效批次的记录，关联率＝（确定＋较确定）÷记录数。请求更正：因入户核实或规则发现"
    "有误、请部门核对的行，为累计数；已答复：部门已答复或之后的送达已改正的；超期：过了十个工作日仍未答复的。"
)


@dataclass(frozen=True)
class Known:
    """By feed: its row of the statistic of links, and what became of its rows found wrong."""

    links: Mapping[str, Mapping[str, Any]]
    corrections: Mapping[str, Asked]


@dataclass(frozen=True)
class Period:
    """The days looked at, both included."""

    since: date
    until: date


def supply(
    feeds: Sequence[Mapping[str, Any]],
    batches: Sequence[Mapping[str, Any]],
    known: Known,
    period: Period,
) -> Figures:
    """One row per feed. `feeds`: feed, title, agency, agency_zh, freshness_days; `batches`: every delivery that counts
    or counted: feed, agency, area, extracted_at, delivered_on."""
    lines: dict[tuple[str, str], dict[str, list[Mapping[str, Any]]]] = {}
    for batch in batches:
        lines.setdefault((batch["feed"], batch["agency"]), {}).setdefault(batch["area"], []).append(batch)
    rows = [_row(feed, lines.get((feed["feed"], feed["agency"]), {}), known, period) for feed in feeds]
    names = ("agreed", "on_time", "late_days", "records", "doubts", "corrections", "answered", "overdue")
    total: dict[str, Any] = {name: sum(row[name] for row in rows) for name in names}
    matched = sum(one["certain"] + one["probable"] for one in known.links.values())
    return Figures(sorted(rows, key=lambda row: str(row["feed"])), {**total, **_shares(total, matched)})


def _row(
    feed: Mapping[str, Any],
    lines: Mapping[str, Sequence[Mapping[str, Any]]],
    known: Known,
    period: Period,
) -> dict[str, Any]:
    late = [_late_days(line, feed["freshness_days"], period) for line in lines.values()] or [_days(period)]
    link, wrong = known.links.get(feed["feed"], {}), known.corrections.get(feed["feed"], Asked())
    row: dict[str, Any] = {
        "feed": feed["feed"],
        "title": feed["title"],
        "agency": feed["agency_zh"],
        "agreed": len(late),
        "on_time": late.count(0),
        "late_days": sum(late),
        "records": link.get("records", 0),
        "doubts": link.get("open_reviews", 0),
        "corrections": wrong.asked,
        "answered": wrong.answered,
        "overdue": wrong.overdue,
    }
    return {**row, **_shares(row, link.get("certain", 0) + link.get("probable", 0))}


def _shares(row: Mapping[str, Any], matched: int) -> dict[str, float | None]:
    return {
        "on_time_share": share(row["on_time"], row["agreed"]),
        "matched_share": share(matched, row["records"]),
        "answered_share": share(row["answered"], row["corrections"]),
    }


def _days(period: Period) -> int:
    return (period.until - period.since).days + 1


def _late_days(line: Sequence[Mapping[str, Any]], freshness: int, period: Period) -> int:
    """On how many days of the period the newest data at hand were older than agreed."""
    late, day = 0, period.since
    while day <= period.until:
        there = [one["extracted_at"] or one["delivered_on"] for one in line if one["delivered_on"] <= day]
        late += not there or (day - max(there)).days > freshness
        day += timedelta(days=1)
    return late
