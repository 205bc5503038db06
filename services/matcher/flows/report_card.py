"""The quality of a feed for people who read one page: a report card of a delivery, and how it went over the months."""

import io
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from kit.auth import Caller
from kit.columns import now
from kit.sheets_out import Column, Sheet, Value, write_sheets
from matcher.batches import store as batches
from matcher.batches.files import BatchFiles
from matcher.batches.tables import Batch
from matcher.feeds.feed import Feed
from matcher.flows.judge_batch import READ, figures_of
from matcher.sealed import FileMissing
from matcher.statistics.grades import graded

DAYS_OF_A_MONTH = 31
MOST_DELIVERIES = 60
ISSUES_SHOWN, COLUMNS_SHOWN = 10, 20
OUTCOMES = (
    ("accepted", "已接收"),
    ("accepted_with_warnings", "已接收，有提示"),
    ("unchanged", "与已有记录相同"),
    ("duplicate_in_batch", "重复"),
    ("superseded", "被后面的行取代"),
    ("rejected", "未接收"),
)
PAGE = (Column("项目", 34), Column("本次", 12), Column("上次", 12), Column("变化", 12), Column("说明", 46))


def trend_of(session: Session, files: BatchFiles, caller: Caller, feed: Feed, months: int) -> list[dict[str, Any]]:
    """The deliveries of a feed in the last months, oldest first, each with its shares, grade and issues by code."""
    since = now() - timedelta(days=months * DAYS_OF_A_MONTH)
    found = []
    for batch in batches.read_since(session, caller, feed.id, since, READ)[-MOST_DELIVERIES:]:
        try:
            figures = figures_of(session, files, batch)
        except FileMissing:
            continue  # its rows had their time before anybody asked
        found.append(_point(batch, figures))
    return found


def _point(batch: Batch, figures: Mapping[str, Any]) -> dict[str, Any]:
    issues: dict[str, int] = {}
    for issue in figures["issues"]:
        issues[issue["code"]] = issues.get(issue["code"], 0) + issue["rows"]
    return {
        "batch_id": batch.id,
        "created_at": batch.created_at,
        "period": batch.period,
        "area": batch.area,
        "rows": figures["rows"],
        **{name: figures[name] for name in ("rejected_share", "warned_share", "duplicate_share")},
        "id_valid_share": (figures["id_numbers"] or {}).get("valid_share"),
        "grade": graded(figures)["grade"],
        "issues": issues,
    }


def card_workbook(feed: Feed, batch: Batch, quality: Mapping[str, Any], made_at: datetime) -> bytes:
    """The report card as a workbook that prints on one page. No row and no cell of the delivery is in it."""
    told = graded(quality)
    notes = (
        f"数据质量报告：{feed.agency_zh} {feed.title}",
        f"批次 {batch.id}，期次 {batch.period or '—'}，报送于 {batch.created_at:%Y-%m-%d}，制表 {made_at:%Y-%m-%d}",
        f"综合等级：{told['grade'] or '—'}（各项取最差；A 优、B 良、C 中、D 差，界限见各项说明）",
    )
    out = io.BytesIO()
    write_sheets(out, [Sheet("数据质量报告", PAGE, list(_lines(quality, told)), notes, one_page=True)])
    return out.getvalue()


def _lines(quality: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[tuple[Value, ...]]:
    previous = quality["previous"]
    before = previous["outcomes"] if previous else {}
    yield _counted("总行数", quality["rows"], previous and previous["rows"])
    for name, title in OUTCOMES:
        if quality["outcomes"].get(name) or before.get(name):
            yield _counted(f"　{title}", quality["outcomes"].get(name, 0), before.get(name, 0) if previous else None)
    yield ("【评级】", None, None, None, None)
    for one in told["criteria"]:
        limits = "，".join(f"{letter} ≤ {_percent(most)}" for letter, most in one["limits"].items())
        yield (f"　{one['title']}", f"{one['grade']}　{_percent(one['share'])}", None, None, limits)
    moved = previous["difference"]["issues"] if previous else {}
    yield ("【问题】前十项", None, None, None, None)
    for issue in quality["issues"][:ISSUES_SHOWN]:
        change = moved.get(issue["code"], 0) if previous else None
        earlier = None if change is None else max(issue["rows"] - change, 0)
        yield (f"　{issue['message']}", str(issue["rows"]), _text(earlier), _signed(change), issue["hint"])
    yield ("【各列】填写率（有效率）", None, None, None, None)
    for column in quality["columns"][:COLUMNS_SHOWN]:
        valid = "" if column["valid_share"] is None else f"（{_percent(column['valid_share'])}）"
        points = previous["difference"]["columns"].get(column["name"], 0.0) if previous else None
        yield (f"　{column['title']}", f"{_percent(column['filled_share'])}{valid}", None, _points(points), None)


def _counted(title: str, count: int, before: int | None) -> tuple[Value, ...]:
    return (title, str(count), _text(before), _signed(None if before is None else count - before), None)


def _text(count: int | None) -> str | None:
    return None if count is None else str(count)


def _signed(change: int | None) -> str | None:
    return None if change is None else f"{change:+d}" if change else "0"


def _points(change: float | None) -> str | None:
    return None if change is None else f"{change * 100:+.1f} 点" if change else "0"


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share * 100:.1f}%"
