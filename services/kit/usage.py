"""Records of use (政务数据共享条例 art. 29): who used shared data, in which scene, how, to what effect.

Made from what is on record anyway: the journal says who did what for which purpose, the deliveries say what came, what
it led to and what was deleted of it. Counts only, of nobody.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import Annotated, Any

import sqlalchemy
from fastapi import Depends, Query
from pydantic import BaseModel
from sqlmodel import Session, col

from kit.columns import now
from kit.journal import JournalRow
from kit.problems import Problem
from kit.sheets_out import Column, Sheet, write_sheets
from kit.sights import PURPOSES, Deed

MOST_DAYS = 1100
CHINA_HOURS = 8


class PeriodWrong(Problem):
    status, code = 422, "period-wrong"
    zh = "起止日期不对：from 不得晚于 to，且一次最多 {most} 天。"
    en = "The period is wrong: from is not later than to, and at most {most} days at once."


class UseOut(BaseModel):
    """What one agency did with data for one purpose: the scene (场景) and the process (过程)."""

    agency: str
    purpose: str | None
    purpose_zh: str | None
    action: str
    did: str
    times: int
    actors: int


class SupplyOut(BaseModel):
    """What one agency supplied and what became of it: effect (效果), storage (存储) and destruction (销毁).

    `effect`: of what how many came of it. `stored`: rows that are still kept, sealed. `deleted`: rows deleted since.
    """

    agency: str
    feed: str
    title: str
    legal_basis: str
    purpose: str
    deliveries: int
    rows: int
    effect: dict[str, int]
    stored: int
    deleted: int
    files_deleted: int
    last_deleted_at: datetime | None


class UsageOut(BaseModel):
    """The records of a period, both days included, by the caller's area."""

    first: date
    last: date
    made_at: datetime
    storage: str
    uses: list[UseOut]
    supplies: list[SupplyOut]


@dataclass(frozen=True)
class Period:
    """Days of the county, both included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The moment it begins."""
        return datetime.combine(self.first, time(), UTC) - timedelta(hours=CHINA_HOURS)

    @property
    def end(self) -> datetime:
        """The moment after its last."""
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1) - timedelta(hours=CHINA_HOURS)


def period(
    first: Annotated[date, Query(alias="from", description="First day")],
    last: Annotated[date, Query(alias="to", description="Last day, included")],
) -> Period:
    """The period asked for. Raises PeriodWrong."""
    if last < first or (last - first).days > MOST_DAYS or first.year < 2000 or last.year > 9000:
        raise PeriodWrong(most=MOST_DAYS)
    return Period(first, last)


Asked = Annotated[Period, Depends(period)]


def uses(
    session: Session, table: type[JournalRow], mine: Any, asked: Period, deeds: Mapping[str, Deed]
) -> list[UseOut]:
    """Entries of the period within `mine`, counted by agency, purpose and action."""
    times: Counter[tuple[str, str, str]] = Counter()
    actors: dict[tuple[str, str, str], set[str]] = {}
    for action, purpose, actor, detail in _entries(session, table, mine, asked):
        if action not in deeds:
            continue
        key = (str((detail or {}).get("agency") or ""), purpose or "", action)
        times[key] += 1
        actors.setdefault(key, set()).add(actor)
    return [
        UseOut(
            agency=agency, purpose=purpose or None, purpose_zh=PURPOSES.get(purpose, purpose) or None, action=action,
            did=deeds[action].did, times=count, actors=len(actors[agency, purpose, action]),
        )
        for (agency, purpose, action), count in sorted(times.items())
    ]  # fmt: skip


def _entries(session: Session, table: type[JournalRow], mine: Any, asked: Period) -> Iterator[Any]:
    span = (col(table.at) >= asked.begin, col(table.at) < asked.end)
    columns: Any = (table.action, table.purpose, table.actor, table.detail)
    query = sqlalchemy.select(*columns).where(mine, *span)
    yield from session.execute(query.execution_options(yield_per=5000))


def usage_out(asked: Period, storage: str, used: Sequence[UseOut], supplied: Sequence[SupplyOut]) -> UsageOut:
    """The records as they are told."""
    return UsageOut(
        first=asked.first, last=asked.last, made_at=now(), storage=storage, uses=list(used), supplies=list(supplied)
    )


USES = (
    Column("使用单位", 26), Column("使用场景（用途）", 30), Column("使用过程", 36), Column("次数", 10, text=False),
    Column("账号或程序数", 14, text=False),
)  # fmt: skip
SUPPLIES = (
    Column("提供单位", 26), Column("数据源", 28), Column("法律依据", 40), Column("用途", 40),
    Column("批次", 8, text=False), Column("行数", 10, text=False), Column("使用效果", 50),
    Column("存储（现存行数）", 16, text=False),
    Column("销毁（行数）", 14, text=False), Column("销毁原始文件", 14, text=False), Column("最近销毁时间（UTC）", 22),
)  # fmt: skip


def workbook(usage: UsageOut) -> bytes:
    """The records as two sheets in Chinese, for the agency that supplied the data or for an inspection."""
    head = f"{usage.first} 至 {usage.last}；生成时间 {usage.made_at:%Y-%m-%d %H:%M}（UTC）。只有数量，不含个人信息。"
    basis = "政务数据使用记录（《政务数据共享条例》第二十九条：使用场景、过程、效果、存储、销毁）"
    used = [(one.agency, one.purpose_zh or "", one.did, one.times, one.actors) for one in usage.uses]
    supplied = [
        (
            one.agency, one.title, one.legal_basis, one.purpose, one.deliveries, one.rows,
            "，".join(f"{what} {count}" for what, count in one.effect.items()), one.stored, one.deleted,
            one.files_deleted, f"{one.last_deleted_at:%Y-%m-%d %H:%M}" if one.last_deleted_at else "",
        )
        for one in usage.supplies
    ]  # fmt: skip
    file = BytesIO()
    sheets = [
        Sheet("使用记录", USES, used, (basis, head)),
        Sheet("数据来源与处置", SUPPLIES, supplied, (basis, head, f"存储方式：{usage.storage}")),
    ]
    write_sheets(file, sheets)
    return file.getvalue()
