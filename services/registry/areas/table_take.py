"""A code table taken into the book of divisions, or only tried: every row answered, nothing deleted, nobody lost."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl
from sqlmodel import Session, col, select

from china.areas import LEVELS, level_of
from kit.auth import Caller
from kit.crypto import KeyRing
from kit.scope import below, prefix
from registry.areas.code_tables import FUNCTIONAL, CodeTable, read_code_table, stem
from registry.areas.schemas import AreaRowOut, AreaTableOut
from registry.areas.shelf import SINCE_EVER, Shelf, Version, version
from registry.areas.store import stands
from registry.areas.tables import Area
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell

MOST_ROWS = 2000
# An issue and what to do about it, for whoever handed the table over.
ISSUES = {
    "code-unreadable": "代码应为 2、4、6、9 或 12 位数字",
    "name-missing": "缺少名称",
    "day-unreadable": "变更日期无法识别，该行未导入",
    "level-unknown": "级别应为 1–5（省、市、县、乡、村），该行未导入",
    "code-twice": "同一代码已在前面的行中出现（如不设区的市），保留前一行",
    "missing-here": "系统中现有此区划，表中没有：未停用。如已撤销，请导入变更表并写明现代码",
    "dates-differ": "系统中此代码的起止日期与表不同，保留系统中的；请核对后用 /areas/import 更正",
    "successor-unknown": "代码已停用，无法判断由哪个代码接替；请导入变更表写明现代码",
    "successor-missing": "乡镇撤销须写明现代码，否则其人员无人负责；该行未导入",
    "order-of-days": "变更日期早于该代码的启用日期，该行未导入",
}


@dataclass
class _Report:
    rows: list[AreaRowOut] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    issues: Counter[str] = field(default_factory=Counter)

    def add(self, line: int, code: str | None, name: str | None, action: str, issue: str | None = None) -> None:
        self.counts[action] += 1
        if issue is not None:
            self.issues[issue] += 1
        if action != "unchanged" or issue is not None:
            told = {"line": line, "code": code or "", "name": name or "", "action": action}
            self.rows.append(AreaRowOut.model_validate({**told, "issue": issue, "message": ISSUES.get(issue or "")}))


def take_table(  # noqa: PLR0913 - who hands over which table, of which day, in earnest or not
    session: Session, ring: KeyRing, caller: Caller, content: bytes, as_of: date, *, dry_run: bool
) -> AreaTableOut:
    """Take a table over, or say what that would do. Rows outside the caller's area are counted and left: a national
    table is handed over whole. Raises AreaFileInvalid."""
    table = read_code_table(content)
    frame, outside = _inside(table, caller)
    report = _Report()
    if table.shape == "snapshot":
        shelf = _snapshot(session, caller, frame, as_of, report)
    elif table.shape == "timeline":
        shelf = _timeline(session, frame, report)
    else:
        shelf = _alterations(session, frame, report)
    if not dry_run:
        touched = shelf.save()
        if touched:
            tell(session, [Touched("area", code, code) for code in touched])
        note(session, ring, caller, "areas.table", None, shape=table.shape, rows=frame.height, touched=len(touched))
    return AreaTableOut(
        shape=table.shape,
        dry_run=dry_run,
        counts=dict(report.counts),
        issues=dict(report.issues),
        outside=outside,
        rows=report.rows[:MOST_ROWS],
        more_rows=max(0, len(report.rows) - MOST_ROWS),
    )


def _inside(table: CodeTable, caller: Caller) -> tuple[pl.DataFrame, int]:
    """The rows whose codes the caller covers, old and new: who says that a code became theirs sees its people. One
    without a readable code stays, to be answered."""
    own = prefix(caller.area) if caller.area.strip("0") else ""
    names = ("old", "new") if table.shape == "alterations" else ("code",)
    mine = pl.all_horizontal(pl.col(name).is_null() | pl.col(name).str.starts_with(own) for name in names)
    frame = table.frame.filter(mine)
    return frame, table.frame.height - frame.height


def _shelf(session: Session, codes: list[str | None]) -> Shelf:
    return Shelf(session, {code for code in codes if code is not None})


def _snapshot(session: Session, caller: Caller, frame: pl.DataFrame, as_of: date, report: _Report) -> Shelf:
    """Every division of a day. A code that is new to a book that knew its county begins on that day."""
    shelf = _shelf(session, frame["code"].to_list())
    own = prefix(caller.area) if caller.area.strip("0") else ""
    # A table that ends with townships says nothing of villages.
    levels = {level_of(code) for code in frame["code"].drop_nulls()}
    here = session.exec(select(Area).where(below(col(Area.code), own)))
    standing = {one.code: one.name for one in here if stands(one, as_of) and level_of(one.code) in levels}
    counties = {code[:6] for code in standing if code[6:] != "000000"}
    zones = frame["name"].str.contains(FUNCTIONAL).fill_null(value=False).to_list()
    seen: set[str] = set()
    for row, zone in zip(frame.iter_rows(named=True), zones, strict=True):
        line, code, name, level = row["line"], row["code"], row["name"], row["level"]
        issue = _unfit(code, name) or ("level-unknown" if level is not None and level not in LEVELS else None)
        if issue or code in seen:
            report.add(line, code, name, "left", issue or "code-twice")
            continue
        seen.add(code)
        since = as_of if code[:6] in counties else SINCE_EVER
        functional = zone and level_of(code) in {"county", "township"}
        report.add(line, code, name, _stated(shelf, code, version(code, name, since, level=level), as_of, functional))
    parts = {code[:6] for code in seen if code[6:] != "000000"}
    for code in sorted(set(standing) - seen):
        if code[:6] in parts:
            report.add(0, code, standing[code], "unchanged", "missing-here")
    return shelf


def _unfit(code: str | None, name: str | None) -> str | None:
    if code is None:
        return "code-unreadable"
    return None if name else "name-missing"


def _stated(shelf: Shelf, code: str, wanted: Version, on: date, functional: bool) -> str:
    found = shelf.standing(code, on)
    wanted.functional = functional
    if found is None:
        if any(one.valid_from >= wanted.valid_from for one in shelf.versions[code]):
            return "unchanged"  # the book knows it from a later day on
        shelf.versions[code].append(wanted)
        return "created"
    if found.name == wanted.name:
        return "unchanged"
    return _rename(shelf, code, found, wanted.name, on)


def _rename(shelf: Shelf, code: str, found: Version, name: str, on: date) -> str:
    if found.valid_from == on:
        found.name = name
        return "renamed"
    shelf.versions[code].append(Version(on, found.valid_to, name, found.level, found.parent, found.functional))
    found.valid_to = on
    return "renamed"


def _timeline(session: Session, frame: pl.DataFrame, report: _Report) -> Shelf:
    """Years of codes. What stood without dates is dated; what ended is followed by the one code of its province that
    begins on that day under the same name."""
    shelf = _shelf(session, frame["code"].to_list())
    rows: dict[str, list[dict[str, Any]]] = {}
    begins: dict[tuple[str, date, str], set[str]] = {}
    for row in frame.sort("line").iter_rows(named=True):
        if issue := _unfit(row["code"], row["name"]):
            report.add(row["line"], row["code"], row["name"], "left", issue)
            continue
        rows.setdefault(row["code"], []).append(row)
        if row["start"] is not None:
            begins.setdefault((row["code"][:2], row["start"], stem(row["name"])), set()).add(row["code"])
    for code, stretches in rows.items():
        wanted = _dated(code, stretches)
        action, issue = _date(shelf, code, wanted)
        last = wanted[-1]
        if last.valid_to is not None and not shelf.successors[code]:
            heirs = begins.get((code[:2], last.valid_to, stem(last.name)), set()) - {code}
            heirs = {one for one in heirs if level_of(one) == level_of(code)}
            if len(heirs) == 1 and issue is None:
                shelf.successors[code] |= heirs
                action = "succeeded"
            else:
                issue = issue or "successor-unknown"
        for number, row in enumerate(stretches, start=1):
            final = number == len(stretches)
            report.add(row["line"], code, row["name"], action, issue if final else None)
    return shelf


def _dated(code: str, stretches: list[dict[str, Any]]) -> list[Version]:
    """The stretches of a code in order of time, none into the next."""
    found: list[Version] = []
    for row in sorted(stretches, key=lambda one: (one["start"] or SINCE_EVER, one["end"] or date.max)):
        since, until = row["start"] or SINCE_EVER, row["end"]
        if until is not None and until <= since:
            since = min(SINCE_EVER, until - timedelta(days=1))  # it ended before the census
        if found and found[-1].valid_from == since:
            continue
        if found and (found[-1].valid_to is None or found[-1].valid_to > since):
            found[-1].valid_to = since
        found.append(version(code, row["name"], since, until))
    return found


def _date(shelf: Shelf, code: str, wanted: list[Version]) -> tuple[str, str | None]:
    have = shelf.versions[code]
    if not have:
        shelf.versions[code] = wanted
        return "created", None
    times = [(one.valid_from, one.valid_to, one.name) for one in sorted(have, key=lambda one: one.valid_from)]
    if times == [(one.valid_from, one.valid_to, one.name) for one in wanted]:
        return "unchanged", None
    undated = len(have) == 1 and have[0].valid_from == SINCE_EVER and have[0].valid_to is None
    if not undated:
        return "left", "dates-differ"
    for one in wanted:
        one.functional = have[0].functional
    if wanted[-1].valid_to is None:
        wanted[-1].parent, wanted[-1].level = have[0].parent, have[0].level
    shelf.versions[code] = wanted
    return "dated", None


def _alterations(session: Session, frame: pl.DataFrame, report: _Report) -> Shelf:
    """Old → new on a day. An old code ends unless some row says that it goes on under itself."""
    shelf = _shelf(session, [*frame["old"].to_list(), *frame["new"].to_list()])
    # A code that was changed more than once in one table goes through its days in order.
    ordered = frame.sort("day", "line", nulls_last=True)
    goes_on = {(row["old"], row["day"]) for row in ordered.iter_rows(named=True) if row["old"] == row["new"]}
    for row in ordered.iter_rows(named=True):
        old, new, day, line = row["old"], row["new"], row["day"], row["line"]
        name = row["new_name"]
        if issue := (_unfit(new, name) if new or not old else None) or (None if day else "day-unreadable"):
            report.add(line, new or old, name, "left", issue)
        elif new is None:
            report.add(line, old, row["old_name"], *_end(shelf, old, row["old_name"], day))
        elif old is None or old == new:
            _begin(shelf, new, name, day)
            report.add(line, new, name, _named(shelf, new, name, day))
        elif (before := shelf.standing(old, day - timedelta(days=1))) is None and shelf.versions[old]:
            known = new in shelf.successors[old]
            report.add(line, old, name, "unchanged" if known else "left", None if known else "order-of-days")
        else:
            changed = _follow(shelf, (old, row["old_name"] or name), (new, name), day, goes_on=(old, day) in goes_on)
            report.add(line, old, before.name if before else row["old_name"], "succeeded" if changed else "unchanged")
    return shelf


def _end(shelf: Shelf, code: str, name: str | None, day: date) -> tuple[str, str | None]:
    found = shelf.standing(code, day)
    if found is None:
        return "unchanged", None if shelf.versions[code] else "name-missing" if not name else None
    if found.level == "township" and not shelf.successors[code]:
        return "left", "successor-missing"
    found.valid_to = day
    return "ended", None


def _begin(shelf: Shelf, code: str, name: str, day: date) -> bool:
    if shelf.standing(code, day) is not None or any(one.valid_from > day for one in shelf.versions[code]):
        return False
    shelf.versions[code].append(version(code, name, day))
    return True


def _named(shelf: Shelf, code: str, name: str, day: date) -> str:
    found = shelf.standing(code, day)
    if found is None or found.name == name:
        return "created" if found is not None and found.valid_from == day else "unchanged"
    return _rename(shelf, code, found, name, day)


def _follow(shelf: Shelf, old: tuple[str, str], new: tuple[str, str], day: date, *, goes_on: bool) -> bool:
    code, to = old[0], new[0]
    before = shelf.state(code), shelf.state(to)
    if not shelf.versions[code]:
        shelf.versions[code].append(version(code, old[1], SINCE_EVER))
    _begin(shelf, to, new[1], day)
    found = shelf.standing(code, day)
    if not goes_on:
        if found is not None and found.valid_from < day:
            found.valid_to = day
        shelf.successors[code].add(to)
    return before != (shelf.state(code), shelf.state(to))
