"""Whether the agencies' data are fresh: a list made from last year's file is a list of last year's poor."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from matcher.statistics.figure import Figures, Measure
from matcher.statistics.quality import share

MEASURES = (
    Measure("feed", "数据源代码", "text"),
    Measure("title", "数据源", "text"),
    Measure("agency", "部门", "text"),
    Measure("area", "区划代码", "text"),
    Measure("batch_id", "生效批次", "text"),
    Measure("state", "批次状态", "text"),
    Measure("period", "所属期", "text"),
    Measure("extracted_at", "数据截止日", "date"),
    Measure("delivered_on", "送达日", "date"),
    Measure("age", "距今天数", "days"),
    Measure("freshness_days", "约定更新天数", "days"),
    Measure("stale", "是否过期", "text"),
    Measure("rows", "行数"),
    Measure("rejected_share", "拒收占比", "share"),
    Measure("warned_share", "有提示占比", "share"),
    Measure("counting", "生效批次数"),
    Measure("latest_state", "最近一次送达的状态", "text"),
)
DEFINITION = (
    "每个数据源、部门和区域一行，为现在生效的最近一批；从未送达的也列出。距今天数从数据截止日（没有填报的从送达日）算"
    "起；超过约定更新天数即为过期。最近一次送达可能还没有生效（待确认、被拒收），其状态另列。"
)


def deliveries(feeds: Sequence[Mapping[str, Any]], batches: Sequence[Mapping[str, Any]], day: date) -> Figures:
    """One row per line of deliveries, as of `day`.

    `feeds`: feed, title, agency, agency_zh, freshness_days of each agreed; `batches`: every delivery, oldest first:
    feed, agency, area, batch_id, state, counts (whether its rows count today), period, extracted_at, delivered_on,
    outcomes.
    """
    lines: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for batch in batches:
        lines.setdefault((batch["feed"], batch["agency"], batch["area"]), []).append(batch)
    known = {feed["feed"]: feed for feed in feeds}
    heard = {(feed, agency) for feed, agency, _ in lines}
    rows = [_line(known[feed], area, found, day) for (feed, _, area), found in lines.items() if feed in known]
    rows += [_line(feed, None, [], day) for feed in feeds if (feed["feed"], feed["agency"]) not in heard]
    return Figures(sorted(rows, key=lambda row: (row["feed"], row["area"] or "")), None)


def _line(feed: Mapping[str, Any], area: str | None, found: list[Mapping[str, Any]], day: date) -> dict[str, Any]:
    counting = [batch for batch in found if batch["counts"]]
    last = counting[-1] if counting else {}
    since = last.get("extracted_at") or last.get("delivered_on")
    age = max(0, (day - since).days) if since is not None else None
    outcomes = last.get("outcomes") or {}
    total = sum(outcomes.values())
    return {
        "feed": feed["feed"],
        "title": feed["title"],
        "agency": feed["agency_zh"],
        "area": area,
        "batch_id": last.get("batch_id"),
        "state": last.get("state"),
        "period": last.get("period"),
        "extracted_at": _text(last.get("extracted_at")),
        "delivered_on": _text(last.get("delivered_on")),
        "age": age,
        "freshness_days": feed["freshness_days"],
        "stale": "是" if age is None or age > feed["freshness_days"] else "否",
        "rows": total if last else None,
        "rejected_share": share(outcomes.get("rejected", 0), total),
        "warned_share": share(outcomes.get("accepted_with_warnings", 0), total),
        "counting": len(counting),
        "latest_state": found[-1]["state"] if found else None,
    }


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
