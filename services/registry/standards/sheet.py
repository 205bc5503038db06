"""Standards as a table: read all or nothing, and written in the layout that is read."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from china import dates
from china.areas import pad
from kit.problems import FieldIssue
from kit.scope import NATION
from kit.sheets_out import Column, Sheet, book
from kit.tables_in import Table, TableUnreadable, read_table
from registry.standards.kinds import KINDS, UNITS, shown
from registry.standards.problems import StandardFileInvalid
from registry.standards.schemas import yearly_begins
from registry.standards.store import Said
from registry.standards.tables import Standard

HEADERS = ("区划代码", "项目代码", "项目", "数值", "单位", "执行日期", "停止日期", "依据")
COLUMNS = tuple(Column(header, width) for header, width in zip(HEADERS, (16, 24, 34, 14, 8, 12, 12, 40), strict=True))
MOST_ROWS = 1000
MAX_ISSUES = 100
MOST = 100_000_000_000
_BY_TITLE = {kind.zh: name for name, kind in KINDS.items()}
_FIGURE = re.compile(r"^(\d{1,12})(?:\.(\d{1,2})0*)?$")


def write(rows: Iterable[Standard]) -> bytes:
    """The workbook of these rows."""
    lines = (
        (
            row.area,
            row.kind,
            KINDS[row.kind].zh,
            shown(row.kind, row.value),
            UNITS[KINDS[row.kind].unit],
            row.valid_from.isoformat(),
            row.valid_to.isoformat() if row.valid_to else None,
            row.basis,
        )
        for row in rows
    )
    return book([Sheet("救助标准", COLUMNS, lines)])


def read(content: bytes) -> list[Said]:
    """What the file says, by area, kind and day. Raises StandardFileInvalid naming the first faulty places."""
    try:
        table = read_table(content, list(HEADERS))
    except TableUnreadable as error:
        raise StandardFileInvalid(errors=[FieldIssue("/", error.code, error.zh)]) from None
    issues: list[FieldIssue] = []
    absent = [name for name in ("区划代码", "数值", "执行日期") if name not in table.headers]
    if absent or not {"项目代码", "项目"} & set(table.headers):
        raise StandardFileInvalid(errors=[FieldIssue("/", "columns", "、".join(absent) or "项目代码")])
    if not 0 < table.frame.height <= MOST_ROWS:
        raise StandardFileInvalid(errors=[FieldIssue("/", "rows", f"1–{MOST_ROWS}")])
    found = list(_rows(table, issues))
    issues += _twice(found)
    if issues:
        raise StandardFileInvalid(errors=issues[:MAX_ISSUES])
    return _ended(sorted((said for _, said in found), key=lambda one: (one.area, one.kind, one.valid_from)))


def _rows(table: Table, issues: list[FieldIssue]) -> Iterator[tuple[int, Said]]:
    begun, ended = _days(table, "执行日期"), _days(table, "停止日期")
    for at, row in enumerate(table.frame.iter_rows(named=True)):
        area = NATION if row["区划代码"] == NATION else pad(row["区划代码"])
        kind = _kind(row)
        value = None if kind is None else _value(kind, row["数值"])
        since, until = begun[at], ended[at]
        faults = {
            "区划代码": area is None,
            "项目代码": kind is None,
            "数值": kind is not None and value is None,
            "执行日期": since is None or (kind is not None and not yearly_begins(kind, since)),
            "停止日期": (row.get("停止日期") is not None and until is None)
            or (since is not None and until is not None and until <= since),
        }
        faulty = [FieldIssue(f"/{row['line']}/{name}", "unreadable", name) for name, bad in faults.items() if bad]
        if area is None or kind is None or value is None or since is None or faulty:
            issues += faulty
        else:
            basis = (row.get("依据") or "").strip()[:200] or None
            yield row["line"], Said(area, kind, value, since, until, basis)


def _kind(row: dict[str, str | None]) -> str | None:
    code, title = row.get("项目代码"), row.get("项目")
    return code if code in KINDS else _BY_TITLE.get((title or "").strip()) if code is None else None


def _value(kind: str, text: str | None) -> int | None:
    """The figure in the unit of its kind."""
    found = _FIGURE.match((text or "").replace(",", "").replace("，", "").removesuffix("%").strip())
    if found is None:
        return None
    whole, part = int(found[1]), int((found[2] or "").ljust(2, "0"))
    if KINDS[kind].unit == "months":
        return whole if whole and not part else None
    value = whole * 100 + part
    return value if 0 < value <= MOST else None


def _days(table: Table, header: str) -> Sequence[date | None]:
    if header not in table.headers:
        return [None] * table.frame.height
    read_as = dates.read_column(table.frame[header])
    exact = read_as.select(pl.when(pl.col("precision") == "day").then(pl.col("date"))).to_series(0)
    return exact.to_list()


def _twice(found: Sequence[tuple[int, Said]]) -> Iterator[FieldIssue]:
    seen: set[tuple[str, str, date]] = set()
    for line, said in found:
        key = (said.area, said.kind, said.valid_from)
        if key in seen:
            yield FieldIssue(f"/{line}/执行日期", "repeated", "执行日期")
        seen.add(key)


def _ended(found: list[Said]) -> list[Said]:
    """A row without an end holds until the next of its kind and area in the file begins."""
    following = [*found[1:], None]
    return [
        replace(one, valid_to=then.valid_from)
        if then is not None and one.valid_to is None and (one.area, one.kind) == (then.area, then.kind)
        else one
        for one, then in zip(found, following, strict=True)
    ]
