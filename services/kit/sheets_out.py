"""Tables for people: Excel workbooks whose identifiers stay text, and CSV that Excel opens in Chinese.

A number of 18 digits typed as a number loses its end the first time somebody saves the file, and a cell that
begins with `=` runs on the reader's machine: here every identifier is text and no cell is ever a formula.
"""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import xlsxwriter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Value = str | int | float | bool | date | None

ROWS_PER_SHEET = 1_048_576
CELL_CHARACTERS = 32_767
PAGE_MARK_CHARACTERS = 230  # Excel takes 255 with the codes
LIST_CHARACTERS = 255  # what Excel takes of choices written into the rule itself; longer ones stand in a sheet
CHOICES_TITLE = "选项"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """One column: its header, its width in characters, and whether Excel must treat all of it as text.

    `choices` are what Excel offers (and insists on) in its cells; `fill` marks a column the reader is to fill in.
    """

    header: str
    width: float = 14
    text: bool = True
    choices: tuple[str, ...] = ()
    fill: bool = False


@dataclass(frozen=True)
class Sheet:
    """One table. `notes` stand in lines of their own above the header; `rows` may be a generator."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]
    notes: Sequence[str] = ()
    one_page: bool = False  # printed small enough for one sheet of A4


def book(sheets: Sequence[Sheet], mark: str | None = None) -> bytes:
    """The workbook `write_sheets` writes, made on disk and read back."""
    with tempfile.TemporaryFile() as file:
        write_sheets(file, sheets, mark)
        file.seek(0)
        return file.read()


def write_sheets(target: Path | BinaryIO, sheets: Sequence[Sheet], mark: str | None = None) -> int:
    """Write a workbook row by row (constant memory) and return how many rows it holds.

    A table longer than an Excel sheet goes on in `title (2)`. Titles are made fit for Excel and unique. `mark` is the
    watermark: it ends the first line above each header, and stands on every printed page and in the file's properties.
    """
    # No option guards against formulas: `_cell` writes every text with write_string, which never makes one.
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    book = xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, options)
    formats = {
        "text": book.add_format({"num_format": "@"}),
        "head": book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True}),
        "fill": book.add_format({"bold": True, "bg_color": "#FFF2CC", "border": 1, "text_wrap": True}),
        "note": book.add_format({"italic": True, "font_color": "#7F6000"}),
    }
    long = _long_choices(sheets)
    used: set[str] = {CHOICES_TITLE} if long else set()
    written = 0
    if mark is not None:
        book.set_properties({"subject": mark, "comments": mark})
        sheets = [_marked(sheet, mark) for sheet in sheets]
    try:
        for sheet in sheets:
            rows = iter(sheet.rows)
            part: Iterator[Sequence[Value]] = rows
            while True:
                room = ROWS_PER_SHEET - len(sheet.notes) - 1
                page = book.add_worksheet(_title(sheet.title, used))
                if mark is not None:
                    _stamp(page, mark)
                count = _write(page, sheet, islice(part, room), formats)
                _offer(page, sheet, count, long)
                written += count
                following = next(rows, None)
                if following is None:
                    break
                part = chain([following], rows)
        if long:
            choices = book.add_worksheet(CHOICES_TITLE)
            if mark is not None:
                _stamp(choices, mark)
            _write_choices(choices, long)
    finally:
        book.close()
    return written


def _marked(sheet: Sheet, mark: str) -> Sheet:
    """The mark within the first line and not in one of its own: whoever counts lines finds the header where it was."""
    first, *rest = sheet.notes or ("",)
    return replace(sheet, notes=(f"{first} {mark}".strip(), *rest))


def _stamp(page: Any, mark: str) -> None:
    """On every page, above and below; `&` begins a code there."""
    text = mark.replace("&", "&&")[:PAGE_MARK_CHARACTERS]
    page.set_header(f"&C{text}")
    page.set_footer(f"&L{text}&R&P / &N")


def _write(page: Any, sheet: Sheet, rows: Iterable[Sequence[Value]], formats: dict[str, Any]) -> int:
    if sheet.one_page:
        page.set_paper(9)
        page.fit_to_pages(1, 1)
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width, formats["text"] if column.text else None)
    line = 0
    for note in sheet.notes:
        page.write_string(line, 0, note, formats["note"])
        line += 1
    for index, column in enumerate(sheet.columns):
        page.write_string(line, index, column.header, formats["fill" if column.fill else "head"])
    page.freeze_panes(line + 1, 0)
    first = line + 1
    line = first
    for row in rows:
        for index, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            _cell(page, (line, index), value, formats["text"] if column.text else None)
        line += 1
    if sheet.columns and line > first:
        page.autofilter(first - 1, 0, line - 1, len(sheet.columns) - 1)
    return line - first


def _long_choices(sheets: Sequence[Sheet]) -> list[tuple[str, ...]]:
    """The lists too long for a rule of their own; a comma would part an entry."""
    lists = {column.choices for sheet in sheets for column in sheet.columns if column.choices}
    return sorted(one for one in lists if len(",".join(one)) > LIST_CHARACTERS or any("," in entry for entry in one))


def _offer(page: Any, sheet: Sheet, count: int, long: list[tuple[str, ...]]) -> None:
    """Drop-downs below the headers that have choices."""
    first = len(sheet.notes) + 1
    for index, column in enumerate(sheet.columns):
        if column.choices and count:
            source: object = list(column.choices)
            if column.choices in long:
                letter = chr(ord("A") + long.index(column.choices))
                source = f"='{CHOICES_TITLE}'!${letter}$1:${letter}${len(column.choices)}"
            rule = {
                "validate": "list",
                "source": source,
                "error_title": "请选择",
                "error_message": "请从下拉列表中选择。",
            }
            page.data_validation(first, index, first + count - 1, index, rule)


def _write_choices(page: Any, long: list[tuple[str, ...]]) -> None:
    page.hide()
    for line in range(max(map(len, long))):
        for index, entries in enumerate(long):
            if line < len(entries):
                page.write_string(line, index, entries[line])


def _cell(page: Any, place: tuple[int, int], value: Value, text_format: Any) -> None:
    if value is None or value == "":
        return
    if text_format is not None or isinstance(value, str):
        page.write_string(*place, _shown(value)[:CELL_CHARACTERS], text_format)
    elif isinstance(value, bool):
        page.write_boolean(*place, value)
    elif isinstance(value, datetime):
        page.write_string(*place, value.isoformat(sep=" ", timespec="seconds"))
    elif isinstance(value, date):
        page.write_datetime(*place, datetime(value.year, value.month, value.day))  # noqa: DTZ001 - a calendar day
    else:
        page.write_number(*place, value)


def _shown(value: Value) -> str:
    """Text as XML 1.0 can carry it: control characters would make Excel call the file damaged."""
    text = value.isoformat() if isinstance(value, date) else str(value)
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)


def _title(wanted: str, used: set[str]) -> str:
    base = re.sub(r"[\[\]:*?/\\]", " ", wanted).strip().strip("'") or "表"
    number, title = 1, base[:31]
    while title.lower() in used:
        number += 1
        mark = f" ({number})"
        title = base[: 31 - len(mark)] + mark
    used.add(title.lower())
    return title


def csv_bytes(headers: Sequence[str], rows: Iterable[Sequence[Value]], *, neutralise: bool = True) -> bytes:
    """UTF-8 with BOM (Excel would take it for GBK without), CRLF.

    `neutralise` puts an apostrophe before a text that Excel would run as a formula. Switch it off where a program
    reads the file word for word.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_csv_cell(header, neutralise) for header in headers])
    for row in rows:
        writer.writerow([_csv_cell(value, neutralise) for value in row])
    return out.getvalue().encode("utf-8-sig")


def csv_of(frame: pl.DataFrame) -> bytes:
    """Further lines of such a file, neutralised, from columns of text, as whole columns."""
    starts = "^[" + "".join(re.escape(one) for one in FORMULA_STARTS) + "]"
    text = pl.col(pl.String)
    told = frame.with_columns(pl.when(text.str.contains(starts)).then(pl.format("'{}", text)).otherwise(text))
    return told.write_csv(include_header=False, line_terminator="\r\n").encode()


def _csv_cell(value: Value, neutralise: bool) -> str:
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, date) else str(value)
    return f"'{text}" if neutralise and isinstance(value, str) and text.startswith(FORMULA_STARTS) else text
