"""Exports onto disk in the encodings and with the rims (title, total row) the agencies' programs give them."""

import csv
import io
from datetime import datetime
from pathlib import Path

import polars as pl
import xlsxwriter

from doudi.county.exports import Export

# a fixed creation time: the same seed must give the same bytes
MADE = datetime(2021, 6, 1, 8, 0, 0)  # noqa: DTZ001 - the format knows no zone


def write_export(folder: Path, export: Export, encoding: str = "gb18030") -> None:
    """`export` as .xlsx, or as .csv in `encoding`: hospitals send GB18030, banks UTF-8 with a mark and CRLF."""
    path = folder / export.name
    if path.suffix == ".xlsx":
        _write_xlsx(path, export)
        return
    path.write_bytes(_csv(export.rows, "\r\n" if encoding == "utf-8-sig" else "\n").encode(encoding))


def write_table(path: Path, table: pl.DataFrame) -> None:
    """A plain UTF-8 CSV: the truth files."""
    path.write_bytes(_csv(table, "\r\n").encode())


def _csv(table: pl.DataFrame, newline: str) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=newline)
    writer.writerow(table.columns)
    writer.writerows([["" if value is None else value for value in row] for row in table.iter_rows()])
    return stream.getvalue()


def _write_xlsx(path: Path, export: Export) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"created": MADE})
        sheet = book.add_worksheet("Sheet1")
        line = 0
        if export.title is not None:
            sheet.write_string(line, 0, export.title)
            line += 1
        for at, column in enumerate(export.rows.columns):
            sheet.write_string(line, at, column)
        is_number = [kind.is_numeric() for kind in export.rows.dtypes]
        for row in export.rows.iter_rows():
            line += 1
            for at, value in enumerate(row):
                if value is None or value == "":
                    continue
                if is_number[at]:
                    sheet.write_number(line, at, value)
                else:
                    sheet.write_string(line, at, value)
        if export.total is not None:
            sheet.write_string(line + 1, 0, export.total)
