"""Periods of support as a picture through time: of one person, and one period version by version."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from console.charts.bars import Words
from console.charts.svg import Picture
from console.charts.timeline import Lane, Span, timeline
from console.show import day_text, moment_text
from console.words import of_programme

LEGEND = ("低保、特困", "停发", "其他救助")
COVERS, PAUSED, OTHER = range(3)
COVERING = ("dibao-rural", "dibao-urban", "tekun-institution", "tekun-home")
Period = Mapping[str, Any]


def of_person(periods: Sequence[Period], day: date) -> Picture:
    """A line for each period (CoverageOut), the one that began first above."""
    lanes = [
        Lane(of_programme(one["programme"], one["form"]), days_of(one["start"], one["end"]), _spans(one))
        for one in sorted(periods, key=lambda one: str(one["start"]))
    ]
    words = Words("periods", "享受救助的时间", f"每一段救助一行，从开始到停保。竖线是 {day_text(day)}。")
    return timeline(words, lanes, LEGEND, day)


def of_versions(name: str, versions: Sequence[Period], day: date) -> Picture:
    """A line for each version believed of one period, oldest first: across the days it speaks of, and beside it when it
    was believed."""
    lanes = [Lane(believed(one), days_of(one["start"], one["end"]), _spans(one)) for one in versions]
    words = Words(f"versions-{name}", "这一段救助的登记经过", "每次登记一行：横向是有效的日子，行首是何时登记的。")
    return timeline(words, lanes, LEGEND, day)


def believed(one: Period) -> str:
    """`2021年6月1日 8:05 登记`: since when the registry said so, and until when, where it no longer does."""
    since = f"{moment_text(one['recorded_at'])} 登记"
    return since + (f"，{moment_text(one['superseded_at'])} 改过" if one["superseded_at"] else "，现行")


def days_of(start: str, end: str | None) -> str:
    """`2019年4月1日 至今`."""
    return f"{day_text(start)} 至 {day_text(end)}" if end else f"{day_text(start)} 至今"


def _spans(one: Period) -> tuple[Span, ...]:
    kind = COVERS if one["programme"] in COVERING else OTHER
    whole = Span(date.fromisoformat(one["start"]), _day(one["end"]), kind)
    pauses = (Span(date.fromisoformat(it["start"]), _day(it["end"]) or whole.end, PAUSED) for it in one["suspensions"])
    return (whole, *pauses)


def _day(told: str | None) -> date | None:
    return date.fromisoformat(told) if told else None
