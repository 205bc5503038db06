"""The sender's own file back, with what became of each row: marked where it is wrong, three columns at its end.

An XLSX keeps its sheets, columns and formats; a CSV its encoding and every line as sent. Other formats, and workbooks
too large to be opened whole, come back as rows of text. The file goes to nobody but the agency that sent it.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from typing import Any

import orjson
import polars as pl

from kit.auth import Caller
from kit.grids import gunzipped, opening_of
from kit.marked_text import marked_text
from kit.marked_workbook import Marking, Spot, WorkbookUnmarkable, mark_workbook
from kit.problems import Conflict
from kit.sheets_out import Column, Sheet, Value, book
from kit.text_lines import UTF8_MARK
from kit.unreadable import Limits
from matcher.batches.files import BatchFiles
from matcher.batches.problems import FileNotYours
from matcher.batches.tables import Batch
from matcher.feeds.feed import Feed
from matcher.feeds.places import WHERE
from matcher.feeds.read import OPENING_BYTES
from matcher.feeds.sheets import Sheet as Found
from matcher.feeds.sheets import Sheets, open_sheets
from matcher.sealed import FileMissing

TITLES = ("处理结果", "问题", "怎么改")
OUTCOMES = {
    "accepted": "已接收",
    "accepted_with_warnings": "已接收，有提示",
    "unchanged": "与已有记录相同",
    "duplicate_in_batch": "重复，只计一次",
    "superseded": "被本批后面的行取代",
    "rejected": "未接收",
}
MOST_ROWS = 50_000  # that a workbook of our own holds
CSV_STEP = 5_000
Added = tuple[str, str, str]


@dataclass(frozen=True)
class Report:
    """A delivery that was read, as its sender gets it back."""

    content: bytes
    feed: Feed
    media_type: str | None
    rows: pl.DataFrame

    @cached_property
    def found(self) -> Sheets:
        """Its sheets with all their cells."""
        return open_sheets(self.content, self.feed, self.media_type)

    @cached_property
    def head(self) -> Sheets:
        """Its sheets; of a long text only what it begins with, which tells where its header stands."""
        opening = opening_of(self.content[:OPENING_BYTES]) if len(self.content) > OPENING_BYTES else None
        return self.found if opening is None else open_sheets(opening, self.feed, self.media_type)

    @property
    def kind(self) -> str:
        """The format it came in."""
        return self.head.sheets[0].table.kind


def report_of(files: BatchFiles, caller: Caller, batch: Batch, feed: Feed) -> Report:
    """What there is to give back. `batch`: the one whose file is kept. Raises FileNotYours, Conflict."""
    if caller.agency != batch.agency:
        raise FileNotYours
    if batch.file_deleted_at is not None:
        raise Conflict(reason="文件保存时间已到，已删除 (the file had its time)")
    try:
        rows, content = files.rows(batch.id), files.delivery(batch.id)
    except FileMissing:
        raise Conflict(reason=f"{batch.state}: 尚未读取 (not read yet)") from None
    if "row" not in rows.columns:  # read before rows said in which sheet they stand
        rows = rows.with_columns(sheet=pl.lit(None, pl.String), row=pl.col("line"), part=pl.lit(None, pl.Int32))
    content = gunzipped(content, Limits())
    return Report(content, feed, batch.media_type, rows.select(*WHERE, "outcome", "issues"))


def as_workbook(report: Report) -> bytes:
    """An XLSX: the one that was sent where it can be kept, else one made of its rows."""
    if report.kind == "xlsx":
        try:
            return _kept(report)
        except WorkbookUnmarkable:
            return _made(report, "原文件过大或格式特殊，无法保留原样")
    return _made(report, "")


def as_text(report: Report) -> Iterator[bytes]:
    """A CSV: the one that was sent, in its own encoding, else one made of the rows."""
    (first, *others) = report.head.sheets
    if report.kind == "csv" and not others:
        # In one line each: whoever counts lines in an editor finds a row where it was.
        added = ((row, [text.replace("\n", " ") for text in texts]) for row, texts, _ in _told(report, first))
        try:
            return marked_text(report.content, (_titled(first), TITLES), added)
        except csv.Error:  # told when it was read, if it could be read otherwise
            pass
    return _rows_as_text(report)


def _told(report: Report, sheet: Found) -> Iterator[tuple[int, Added, list[dict[str, Any]]]]:
    """Row, what to write at its end, and its issues; in the order of the sheet. A row of several people is one row."""
    name = pl.lit(sheet.table.sheet, pl.String)
    only = len(report.head.sheets) == 1
    mine = report.rows if only else report.rows.filter(pl.col("sheet").eq_missing(name))
    lines = mine.select("row", "part", "outcome", "issues").iter_rows()
    for row, parts in groupby(lines, key=lambda line: int(line[0])):
        people = [(part, outcome, orjson.loads(issues)) for _, part, outcome, issues in parts]
        several = len(people) > 1
        told = [
            [f"第 {part} 人：{text}" if several and text else text for text in _texts(outcome, issues)]
            for part, outcome, issues in people
        ]
        outcome, issue, hint = ("\n".join(filter(None, texts)) for texts in zip(*told, strict=True))
        yield row, (outcome, issue, hint), [issue for _, _, issues in people for issue in issues]


def _texts(outcome: str, issues: Sequence[dict[str, Any]]) -> Added:
    hints = dict.fromkeys(issue["hint"] for issue in issues)
    return OUTCOMES[outcome], "\n".join(issue["message_zh"] for issue in issues), "\n".join(hints)


def _titled(sheet: Found) -> int | None:
    """The line of the header: the last filled one above the data; None where the columns have no names."""
    table = sheet.table
    return None if len(table.nameless) == len(table.headers) else table.header_line


def _kept(report: Report) -> bytes:
    markings = {}
    for sheet in report.found.sheets:
        places = dict(zip(sheet.table.headers, sheet.table.places, strict=True))
        added: dict[int, Added] = {}
        spots: list[Spot] = []
        for row, texts, issues in _told(report, sheet):
            added[row] = texts
            spots += _spots(row, issues, places)
        markings[str(sheet.table.sheet)] = Marking(_titled(sheet), added, spots)
    return mark_workbook(report.content, TITLES, markings)


def _spots(row: int, issues: Iterable[dict[str, Any]], places: dict[str, int]) -> Iterator[Spot]:
    """Each faulty cell once, with all that is said of it."""
    by_cell: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for issue in issues:
        header = (issue["pointer"] or "/")[1:].replace("~1", "/").replace("~0", "~")
        if header in places:
            by_cell[places[header]].append(issue)
    for column, said in by_cell.items():
        text = "\n".join(f"{issue['message_zh']}{issue['hint']}" for issue in said)
        yield Spot(row, column, text, any(issue["severity"] == "error" for issue in said))


def _made(report: Report, why: str) -> bytes:
    """A workbook of rows: all of them, or those with something to say where there are too many."""
    every = report.rows.height <= MOST_ROWS
    return book([_sheet(report, sheet, why, every=every) for sheet in report.found.sheets])


def _sheet(report: Report, sheet: Found, why: str, *, every: bool) -> Sheet:
    notes = [f"{why}；以下为各行内容，均为文本。"] if why else []
    if not every:
        wrong = report.rows.filter((pl.col("issues") != "[]") | (pl.col("outcome") == "rejected")).height
        notes.append(
            f"共 {report.rows.height} 行，其中 {wrong} 行有问题；此处只列有问题的行，最多 {MOST_ROWS} 行。"
            "全部结果见 report.csv。"
        )
    columns = [
        Column("原行号", 8),
        *(Column(header) for header in sheet.table.headers),
        *(Column(one, 30) for one in TITLES),
    ]
    rows = (
        (row, *cells, *texts)
        for row, cells, texts, issues in _with_cells(report, sheet)
        if every or issues or texts[0] == OUTCOMES["rejected"]
    )
    return Sheet(sheet.table.sheet or "数据", columns, islice(rows, MOST_ROWS), notes)


def _with_cells(report: Report, sheet: Found) -> Iterator[tuple[int, tuple[Value, ...], Added, list[dict[str, Any]]]]:
    told = _told(report, sheet)
    for (line, *cells), (row, texts, issues) in zip(sheet.table.frame.iter_rows(), told, strict=True):
        assert line == row, "every row of the file has its outcome, in the order of the file"
        yield row, tuple(cells), texts, issues


def _rows_as_text(report: Report) -> Iterator[bytes]:
    """UTF-8; the cells as they were read. What we add begins with no sign that a spreadsheet would run."""
    yield UTF8_MARK
    for number, sheet in enumerate(report.found.sheets):
        yield _lines([[], [*sheet.table.headers, *TITLES]][number == 0 :])
        rows = ([*cells, *texts] for _, cells, texts, _ in _with_cells(report, sheet))
        while page := list(islice(rows, CSV_STEP)):
            yield _lines(page)


def _lines(rows: Iterable[Sequence[Value]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
