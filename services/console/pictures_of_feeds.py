"""Pictures of deliveries: what became of the rows, how full the columns are, how a feed went over the months."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from console.batch_words import LINKED, OUTCOMES
from console.charts.bars import Bar, Words, bars
from console.charts.line import Series, line
from console.charts.spark import spark
from console.figures import NOTHING, text_of
from console.show import day_in_china, day_text

Batch = Mapping[str, Any]
TAKEN = ("accepted", "accepted_with_warnings", "unchanged")


def outcome_bars(batch: Batch, name: str) -> Markup:
    """What became of the rows."""
    counted = batch["outcomes"] or {}
    total = sum(counted.values()) or 1
    rows = [
        Bar(title, counted[one], f"{counted[one]:,} 行　{text_of(counted[one] / total, 'share')}")
        for one, title in OUTCOMES
        if counted.get(one)
    ]
    return bars(Words(name, "各行结果", "每种结果的行数和占比"), rows, most=total).inline


def linked_bars(batch: Batch) -> Markup | None:
    """How the rows linked; None where it is not told."""
    counted = batch["linked"]
    if not counted:
        return None
    total = sum(counted.get(one, 0) for one, _ in LINKED) or 1
    rows = [
        Bar(title, counted.get(one, 0), f"{counted.get(one, 0):,} 行　{text_of(counted.get(one, 0) / total, 'share')}")
        for one, title in LINKED
    ]
    return bars(Words("linked", "关联结果", "每个等级的行数和占比"), rows, most=total).inline


def criteria_bars(quality: Mapping[str, Any]) -> Markup:
    """The criteria of the grade, on one scale: where D begins twice over."""
    rows = []
    for one in quality["criteria"]:
        full = 2 * one["limits"]["C"]
        rows.append(Bar(one["title"], min(one["share"] / full, 1), f"{text_of(one['share'], 'share')}　{one['grade']}"))
    return bars(Words("criteria", "评级各项", "每项的占比和等级，越短越好"), rows, most=1).inline


def column_bars(quality: Mapping[str, Any]) -> Markup:
    """How full each column is; in its words how much of what fills it is sound, and what moved."""
    previous = quality["previous"]
    moved = previous["difference"]["columns"] if previous else {}
    rows = []
    for one in quality["columns"]:
        text = text_of(one["filled_share"], "share")
        if one["valid_share"] is not None:
            text += f"，有效 {text_of(one['valid_share'], 'share')}"
        if moved.get(one["name"]):
            text += f"（{moved[one['name']] * 100:+.1f} 点）"
        rows.append(Bar(one["title"], one["filled_share"], text))
    return bars(Words("columns", "各列填写率", "每列有内容的行占比，有效为其中格式正确的占比"), rows, most=1).inline


def rows_line(deliveries: Sequence[Mapping[str, Any]], feed: str) -> Markup | None:
    """Rows of each delivery over the months, and those rejected; None where there are not two."""
    if len(deliveries) < 2:
        return None
    labels = [f"{day_in_china(one['created_at']):%m-%d}" for one in deliveries]
    series = [
        Series("行数", tuple(one["rows"] for one in deliveries)),
        Series("未接收", tuple(round(one["rows"] * (one["rejected_share"] or 0)) for one in deliveries)),
    ]
    return line(Words(f"trend-{feed}", "历次行数", "历次报送的行数和未接收的行数"), labels, series).inline


def rows_spark(deliveries: Sequence[Mapping[str, Any]]) -> Markup | None:
    """The same as a word-sized line."""
    if len(deliveries) < 2:
        return None
    values = [one["rows"] for one in deliveries]
    first, last = deliveries[0], deliveries[-1]
    told = (
        f"{len(values)} 次报送，{day_text(first['created_at'])} {values[0]:,} 行，"
        f"{day_text(last['created_at'])} {values[-1]:,} 行"
    )
    return spark(values, told)


def share_text(part: int | None, whole: int | None) -> str:
    """A share as people read it."""
    return text_of(part / whole, "share") if whole and part is not None else NOTHING
