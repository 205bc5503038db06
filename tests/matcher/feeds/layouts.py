"""The fifteen shapes of layouts.yaml as files: invented people, numbers of an area that was never issued."""

import io
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter

from china.id_numbers import check_digit
from matcher.feeds.feed import Feed
from matcher.feeds.mistakes import read_map
from tests.tables import table

Row = Sequence[str | float | None]
Merge = tuple[int, int, int, int]  # first row and column, last row and column


def number(sequence: int, birth: str = "19600203") -> str:
    """A sound number of the area that was never issued."""
    first17 = f"640499{birth}{sequence:03d}"
    return first17 + check_digit(first17)


@cache
def layouts() -> dict[str, dict[str, Any]]:
    """By name: `sent` and `map`."""
    told = table(Path(__file__).with_name("layouts.yaml"))
    return {one["layout"]: one for one in told}


def feed(layout: str) -> Feed:
    """The map of a layout, as it would be read when it is put in force."""
    at = list(layouts()).index(layout) + 1
    return read_map(layouts()[layout]["map"], f"layout-{at}", 1)


def row(layout: str, **cells: str | float | None) -> list[str | float | None]:
    """One row in the order of the headers of a layout; keys are headers, what is not said is blank."""
    sent = layouts()[layout]["sent"]
    assert set(cells) <= set(sent), set(cells) - set(sent)
    return [cells.get(header) for header in sent]


def headers(layout: str) -> list[str]:
    """The headers as sent."""
    return list(layouts()[layout]["sent"])


def at(**cells: str | None) -> list[str | None]:
    """One row by column letters."""
    width = max(map(_place, cells)) + 1
    by_place = {_place(letters): cell for letters, cell in cells.items()}
    return [by_place.get(place) for place in range(width)]


def _place(letters: str) -> int:
    return ord(letters) - 65


def csv(rows: Sequence[Row], encoding: str = "gb18030", delimiter: str = ",") -> bytes:
    """Delimited text as a spreadsheet saves it ("ANSI")."""
    lines = (delimiter.join("" if cell is None else str(cell) for cell in line) for line in rows)
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def book(
    sheets: Mapping[str, Sequence[Row]], merged: Mapping[str, Sequence[Merge]] | None = None, hidden: Sequence[str] = ()
) -> bytes:
    """An XLSX with several sheets, cells merged where `merged` says."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_numbers": False, "strings_to_formulas": False}) as made:
        for name, lines in sheets.items():
            page = made.add_worksheet(name)
            if name in hidden:
                page.hide()
            for at_row, line in enumerate(lines):
                for column, cell in enumerate(line):
                    if cell is not None:
                        page.write(at_row, column, cell)
            for top, left, bottom, right in (merged or {}).get(name, ()):
                page.merge_range(top, left, bottom, right, lines[top][left])
    return out.getvalue()
