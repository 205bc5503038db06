"""Who saw a person's data, when, why and what of it: the answer to the person asked about (PIPL 44, 45).

A service finds the entries of its journal that concern the person, and says in its own words what each action shows. An
entry that names the person is certain; one that names a range (an export of an area, pages of a list) is told as a part
of a whole: it is told whenever the person may have been in it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import Text, or_, type_coerce
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import now
from kit.journal import JournalRow
from kit.scope import covers
from kit.sheets_out import Column, Sheet, write_sheets

MOST_LINES = 5000
MOST_IDS = 100  # in one question to the database
PAGE = 500
ABOVE = "（其他地区的机关）"
How = Literal["itself", "part-of-whole"]
HOW = {"itself": "指明本人", "part-of-whole": "整体的一部分（名单、导出或跟随中可能包括本人）"}
# What callers name as their purpose, in official words; one not listed here is told as it was named.
PURPOSES = {
    "dynamic-monitoring": "低收入人口动态监测",
    "reveal": "入户核查，查看身份信息",
    "matching": "数据比对",
    "audit": "审计",
    "operation": "系统运行维护",
    "sign-in": "登录",
    "retention": "到期删除",
}
COLUMNS = (
    Column("序号", 8), Column("时间（UTC）", 20), Column("单位", 22), Column("经办账号或程序", 40), Column("名称", 20),
    Column("做了什么", 34), Column("涉及的信息", 44), Column("用途", 26), Column("如何涉及本人", 30),
)  # fmt: skip


@dataclass(frozen=True)
class Deed:
    """What an action is in words: done, and which class of data it shows or changes; `full` where it was unmasked."""

    did: str
    fields: str
    full: str | None = None


class SightOut(BaseModel):
    """One line of the report. `who` is empty where it was somebody of another area: their agency is told."""

    number: int
    at: datetime
    agency: str
    who: str | None
    who_name: str | None
    action: str
    did: str
    fields: str
    purpose: str | None
    purpose_zh: str | None
    how: How


class SubjectReportOut(BaseModel):
    """Who saw or used the data of one person, oldest first. `more`: there are more lines than one report holds."""

    subject_id: str
    made_at: datetime
    lines: list[SightOut]
    more: bool


@dataclass(frozen=True)
class Reader:
    """Whose report is read by whom: the caller, where an entry keeps its actor's area, and the names of actors."""

    caller: Caller
    area_key: str
    deeds: Mapping[str, Deed]
    names: Mapping[str, str]


def concerned(
    session: Session, table: type[JournalRow], ids: Sequence[str], ranges: Sequence[str], after: int
) -> Iterator[JournalRow]:
    """Entries above `after` that name one of `ids`, as their subject or in a list, and all of the actions `ranges`; in
    the order of the chain."""
    later = col(table.number) > after
    numbers = set(session.exec(select(table.number).where(later, col(table.action).in_(ranges))))
    told = type_coerce(table.detail, Text)
    for start in range(0, len(ids), MOST_IDS):
        some = ids[start : start + MOST_IDS]
        # In a detail an id is found by its letters: ids are long enough to be nothing else.
        named = [told.contains(f'"{one}"', autoescape=True) for one in some]
        numbers |= set(session.exec(select(table.number).where(later, or_(col(table.subject).in_(some), *named))))
    ordered = sorted(numbers)
    for start in range(0, len(ordered), PAGE):
        query = select(table).where(col(table.number).in_(ordered[start : start + PAGE]))
        yield from session.exec(query.order_by(col(table.number)))


def report_of(
    subject_id: str, reader: Reader, entries: Iterator[JournalRow], how: Callable[[JournalRow], How | None]
) -> SubjectReportOut:
    """The report, as far as it may be long; `how` says whether an entry concerns the person at all."""
    lines: list[SightOut] = []
    for entry in entries:
        found = how(entry)
        if found is None:
            continue
        if len(lines) == MOST_LINES:
            return SubjectReportOut(subject_id=subject_id, made_at=now(), lines=lines, more=True)
        lines.append(line_of(reader, entry, found))
    return SubjectReportOut(subject_id=subject_id, made_at=now(), lines=lines, more=False)


def names_one(entry: JournalRow, ids: Collection[str]) -> bool:
    """Whether an entry names one of these, as its subject or anywhere in its detail."""
    return entry.subject in ids or any(one in ids for one in _words(entry.detail))


def _words(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for key, value in told.items():
            yield key
            yield from _words(value)
    elif isinstance(told, list):
        for value in told:
            yield from _words(value)


def line_of(reader: Reader, entry: JournalRow, how: How) -> SightOut:
    """An entry as it is told. Who it was is told of the caller's own area; of others the agency."""
    detail = entry.detail or {}
    deed = reader.deeds.get(entry.action) or Deed(entry.action, "—")
    mine = covers(reader.caller.area, str(detail.get(reader.area_key) or "")) or entry.actor == reader.caller.client_id
    # The purpose alone unmasks nothing since looks state a reason; entries that do not say are older.
    revealed = detail.get("revealed", detail.get("identity") == "full" or entry.purpose == "reveal")
    return SightOut(
        number=entry.number,
        at=entry.at,
        agency=str(detail.get("agency") or ""),
        who=entry.actor if mine else None,
        who_name=reader.names.get(entry.actor) if mine else None,
        action=entry.action,
        did=deed.did,
        fields=deed.full if revealed and deed.full else deed.fields,
        purpose=entry.purpose,
        purpose_zh=PURPOSES.get(entry.purpose or "", entry.purpose),
        how=how,
    )


def workbook(report: SubjectReportOut) -> bytes:
    """The report as the person asked about may take it home."""
    rows = [
        (
            str(line.number), f"{line.at:%Y-%m-%d %H:%M:%S}", line.agency, line.who or ABOVE, line.who_name or "",
            line.did, line.fields, line.purpose_zh or "", HOW[line.how],
        )
        for line in report.lines
    ]  # fmt: skip
    notes = [
        "个人信息查阅、使用情况告知书（依据《中华人民共和国个人信息保护法》第四十四条、第四十五条）",
        f"对象编号 {report.subject_id}；生成时间 {report.made_at:%Y-%m-%d %H:%M}（UTC）；共 {len(rows)} 条。",
        "“整体的一部分”：该次名单、导出或跟随的范围可能包括您，未逐一记名。名称经遮盖的查看也计入。",
        "如认为信息有误或使用不当，可向县级民政部门要求更正、删除或说明。",
    ]
    if report.more:
        notes.append(f"本告知书最多 {MOST_LINES} 条，另有更多记录，可从最后一条的序号之后续查。")
    file = BytesIO()
    write_sheets(file, [Sheet("查阅使用情况", COLUMNS, rows, notes)])
    return file.getvalue()
