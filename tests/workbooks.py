"""Workbooks as agencies save them: a text cell where a str stands, a number cell where a number does."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import xlsxwriter

# Else two files of one content differ when a second passes between them.
SAVED = datetime(2021, 6, 1)  # noqa: DTZ001 - a file's own clock has no zone
Cell = str | float | bool | date | None
Rows = Sequence[Sequence[Cell]]


def workbook(rows: Rows | Mapping[str, Rows], hidden: Sequence[str] = ()) -> bytes:
    """An XLSX of one sheet, or of several by name; the same rows give the same bytes."""
    sheets = rows if isinstance(rows, Mapping) else {"Sheet1": rows}
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        book.set_properties({"created": SAVED})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, lines in sheets.items():
            page = book.add_worksheet(name)
            if name in hidden:
                page.hide()
            for row, line in enumerate(lines):
                for column, cell in enumerate(line):
                    if isinstance(cell, date):
                        page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001 - a calendar day
                    elif isinstance(cell, str):
                        page.write_string(row, column, cell)
                    elif cell is not None:
                        page.write(row, column, cell)
    return out.getvalue()
