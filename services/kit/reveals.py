"""How many people one caller may be told of unmasked a day, and the alerts that come before and after.

Every way to an identity spends from one budget: a single look, a read, an export. It is counted by people and not by
calls: whoever was seen today may be seen again. What was told is counted in the transaction that tells it, so that two
calls at once cannot both take the last place; a refusal is on record as well. Days and nights are those of China.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal, NamedTuple, get_args

import polars as pl
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, delete, func
from sqlmodel import Field as ColumnField
from sqlmodel import Session, SQLModel, col, select

from kit.auth import Caller
from kit.bulk import Kind, insert_frame, select_frame
from kit.columns import Instant, now
from kit.crypto import KeyRing
from kit.journal import JournalRow, wait_for_writers
from kit.logs import get_logger
from kit.problems import Problem
from kit.settings import ServiceSettings

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
PURPOSE = "reveal"
ALERT = "alert."
BULK = 500
TOWNSHIP_DIGITS = 9
HOUR = timedelta(hours=1)
SEEN: Mapping[str, Kind] = {"subject": pl.String, "area": pl.String}  # `Seen`, as columns

Reason = Literal["visit", "phone", "identity", "application", "complaint", "correction", "supervision", "handover"]
REASONS: dict[str, str] = {
    "visit": "入户核查",
    "phone": "电话核实",
    "identity": "核对身份",
    "application": "受理申请",
    "complaint": "信访举报",
    "correction": "更正信息",
    "supervision": "监督检查",
    "handover": "线下交办",
}
assert set(REASONS) == set(get_args(Reason))
REASON_TOLD = "Why identity is needed: " + ", ".join(f"{code} {zh}" for code, zh in REASONS.items())

Rule = Literal["reveal-warning", "reveal-spent", "reveal-refused", "reveal-townships", "reveal-night"]
RULES: dict[str, str] = {
    "reveal-warning": "当日查看身份信息人数接近额度",
    "reveal-spent": "当日查看身份信息额度已用完",
    "reveal-refused": "超出当日额度的查看被拒绝",
    "reveal-townships": "一小时内查看多个乡镇的人员",
    "reveal-night": "夜间大量查看身份信息",
}
assert set(RULES) == set(get_args(Rule))
_log = get_logger("reveals")


class RevealIn(BaseModel):
    """Why somebody's identity is needed; a code, because words might name people."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = Field(description=REASON_TOLD)


class RevealRow(SQLModel):
    """Columns of a service's table of whom each caller was told today and yesterday, by id."""

    holder: str = ColumnField(primary_key=True, max_length=64)  # account or client
    day: int = ColumnField(primary_key=True, sa_column_kwargs={"autoincrement": False})  # ordinal, in China
    subject: str = ColumnField(primary_key=True, max_length=80)
    area: str | None = ColumnField(default=None, max_length=12)
    at: datetime = ColumnField(sa_type=Instant)


class RevealBudgetSpent(Problem):
    status, code = 429, "reveal-budget-spent"
    keeps = True
    zh = (
        "今日可查看身份信息的额度为 {limit} 人，还剩 {left} 人，本次涉及 {asked} 人。今天看过的人可以再看；"
        "明日零时恢复，急需时请安全管理员调整额度。本人签收的事项可在“我的事项”中直接办理，不占额度。"
    )
    en = (
        "{limit} people may be unmasked a day, {left} are left, this call needs {asked}. Whom you saw today you may "
        "see again. It begins anew at midnight in China; if it cannot wait, ask the security administrator. Cases you "
        "took over yourself are under /cases/mine, without a budget."
    )

    @property
    def answer_headers(self) -> dict[str, str]:
        """Seconds until midnight in China."""
        return {"Retry-After": str(self.args_by_name["seconds"])}


class RevealReasonMissing(Problem):
    status, code = 422, "reveal-reason-missing"
    zh = "查看身份信息须说明理由（reason）：{reasons}。"
    en = "To see identities a reason is needed (reason): {reasons}."


class RevealPurposeMissing(Problem):
    status, code = 403, "reveal-purpose-missing"
    zh = "此令牌的用途不是查看身份信息。请以 purpose=reveal 重新申请令牌（或刷新登录）。"
    en = "The purpose of this token is not to reveal. Get one with purpose=reveal (or refresh the session with it)."


class Seen(NamedTuple):
    """Somebody told unmasked: their id, and the area they belong to."""

    subject: str
    area: str | None


@dataclass(frozen=True)
class Books:
    """Where a service counts and writes down: its table, its journal, and how it writes an entry."""

    table: type[RevealRow]
    journal: type[JournalRow]
    note: Callable[..., None]


@dataclass(frozen=True)
class Teller:
    """Who tells whom: the transaction, the keys, the caller, what the service was told."""

    session: Session
    ring: KeyRing
    caller: Caller
    settings: ServiceSettings

    @property
    def is_person(self) -> bool:
        """Whether somebody at a desk asks, and not a program."""
        return self.caller.session is not None

    @property
    def budget(self) -> int:
        """How many people a day."""
        return self.settings.reveals_per_person if self.is_person else self.settings.reveals_per_client


@dataclass(frozen=True)
class _Alert:
    """A rule that was met: since when an alert of it counts as told, how many, and the bound."""

    rule: Rule
    since: datetime
    count: int
    bound: int


def reason_given(reason: Reason | None) -> Reason:
    """The reason of a call that asks for identities. Raises RevealReasonMissing."""
    if reason is None:
        raise RevealReasonMissing(reasons=[f"{code} {zh}" for code, zh in REASONS.items()])
    return reason


def spend(books: Books, teller: Teller, people: Iterable[Seen]) -> None:
    """Count these people as told today, before they are. Raises RevealBudgetSpent, which keeps its alert on record."""
    wanted = {one.subject: one.area for one in people}
    spend_frame(books, teller, pl.DataFrame({"subject": list(wanted), "area": list(wanted.values())}, schema=SEEN))


def spend_frame(books: Books, teller: Teller, people: pl.DataFrame) -> None:
    """`spend` on the people of a frame (SEEN), a whole county as columns. Raises RevealBudgetSpent as it does."""
    session = teller.session
    wait_for_writers(session, books.journal)
    today = _Today(teller.caller.client_id, now())
    wanted = people.unique("subject", keep="last", maintain_order=True)
    spent = _spent(session, books.table, today)
    fresh = wanted if spent == 0 else _fresh(session, books.table, today, wanted)
    left = max(teller.budget - spent, 0)
    if fresh.height > left:
        _warn(books, teller, [_Alert("reveal-refused", today.midnight, spent + fresh.height, teller.budget)])
        seconds = int((today.midnight + timedelta(days=1) - today.at).total_seconds()) + 1
        raise RevealBudgetSpent(limit=teller.budget, left=left, asked=fresh.height, seconds=seconds)
    same = {"holder": today.holder, "day": today.day, "at": today.at}
    insert_frame(session, books.table.__table__, fresh.sort("subject"), same)  # type: ignore[attr-defined]  # SQLModel's
    if fresh.height and not spent:  # the holder's first of the day: the journal keeps what this table forgets
        session.execute(delete(books.table).where(col(books.table.day) < today.day - 1))
    _warn(books, teller, _met(books.table, teller, today.at, spent + fresh.height))


def alerts(session: Session, table: type[JournalRow], narrowed: Any, after: int, limit: int) -> list[JournalRow]:
    """Alerts of the journal in its order; `narrowed` is the clause of the auditor's area."""
    query = select(table).where(col(table.action).startswith(ALERT), col(table.number) > after, narrowed)
    return list(session.exec(query.order_by(col(table.number)).limit(limit)))


@dataclass(frozen=True)
class _Today:
    """Whose day it is, and the moment of the call."""

    holder: str
    at: datetime

    @property
    def midnight(self) -> datetime:
        return _midnight(self.at)

    @property
    def day(self) -> int:
        return self.midnight.toordinal()

    def of(self, table: type[RevealRow]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return col(table.holder) == self.holder, col(table.day) == self.day


def _spent(session: Session, table: type[RevealRow], today: _Today) -> int:
    return session.exec(select(func.count(col(table.subject))).where(*today.of(table))).one()


def _fresh(session: Session, table: type[RevealRow], today: _Today, wanted: pl.DataFrame) -> pl.DataFrame:
    """Those of them who were not told yet today. Few are asked for by name, many found among all."""
    query = select(table.subject).where(*today.of(table))
    if wanted.height <= BULK:
        query = query.where(col(table.subject).in_(wanted["subject"].to_list()))
    return wanted.join(select_frame(session, query, {"subject": pl.String}), on="subject", how="anti")


def _midnight(at: datetime) -> datetime:
    """The last midnight in China."""
    return at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)


def _night(at: datetime, settings: ServiceSettings) -> datetime | None:
    """When the present night began; None by day."""
    here, first, last = at.astimezone(CHINA), settings.night_from, settings.night_until
    inside = first <= here.hour < last if first <= last else here.hour >= first or here.hour < last
    if not inside:
        return None
    began = here.replace(hour=first, minute=0, second=0, microsecond=0)
    return began if began <= here else began - timedelta(days=1)


def _met(table: type[RevealRow], teller: Teller, at: datetime, spent: int) -> Iterator[_Alert]:
    """The rules met now. Odd hours and odd places are a person's: a program fetches its whole area by night."""
    settings, session = teller.settings, teller.session
    level = max(1, int(teller.budget * settings.reveal_warning))
    if spent >= teller.budget:
        yield _Alert("reveal-spent", _midnight(at), spent, teller.budget)
    elif spent >= level:
        yield _Alert("reveal-warning", _midnight(at), spent, level)
    if not teller.is_person:
        return
    mine = col(table.holder) == teller.caller.client_id
    township = func.substr(col(table.area), 1, TOWNSHIP_DIGITS)
    query = select(func.count(func.distinct(township))).where(mine, col(table.at) > at - HOUR)
    places = session.exec(query).one()
    if places >= settings.alert_townships:
        yield _Alert("reveal-townships", at - HOUR, places, settings.alert_townships)
    if (began := _night(at, settings)) is not None:
        people = session.exec(select(func.count(col(table.subject))).where(mine, col(table.at) >= began)).one()
        if people >= settings.alert_at_night:
            yield _Alert("reveal-night", began, people, settings.alert_at_night)


def _warn(books: Books, teller: Teller, met: Iterable[_Alert]) -> None:
    """Write each alert that was not written since its time began."""
    session, caller, journal = teller.session, teller.caller, books.journal
    for one in met:
        action = f"{ALERT}{one.rule}"
        mine = (col(journal.actor) == caller.client_id, col(journal.action) == action)
        known = select(journal.number).where(*mine, col(journal.at) >= one.since.astimezone(UTC)).limit(1)
        if session.exec(known).first() is not None:
            continue
        books.note(session, teller.ring, caller, action, None, count=one.count, bound=one.bound)
        _log.warning("reveal_alert", code=one.rule, actor=caller.client_id, count=one.count)
