"""A workbook as it was sent (sheets, columns, widths, formats, merged cells), with cells marked and columns added.

The file is opened as a whole, so its size is bounded; whoever is above the bound gets rows of their own instead. What
openpyxl does not carry over (pictures, charts, macros) is not in the copy.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

UNPACKED_BYTES = 25_000_000  # of XML (about 55 000 rows of eleven columns): fourteen times as much memory meanwhile
COMMENTS = 5_000  # more of them make a spreadsheet slow; the added columns say the same
WIDTHS = (14, 50, 40)
_FAULTY = PatternFill("solid", start_color="FFFFC7CE", end_color="FFFFC7CE")
_DOUBTFUL = PatternFill("solid", start_color="FFFFEB9C", end_color="FFFFEB9C")
_TITLE = PatternFill("solid", start_color="FFDDEBF7", end_color="FFDDEBF7")
_AUTHOR = "doudi"


class WorkbookUnmarkable(Exception):
    """Too large, or a form of the format that can be read but not written again."""


@dataclass(frozen=True)
class Spot:
    """One cell (row from 1, column from 0) and what is said of it."""

    row: int
    column: int
    text: str
    severe: bool


@dataclass(frozen=True)
class Marking:
    """What is said of one sheet. `titled`: the row of its header; `added`: row → what to write at its end."""

    titled: int | None
    added: Mapping[int, Sequence[str]]
    spots: Iterable[Spot]


def mark_workbook(content: bytes, titles: Sequence[str], sheets: Mapping[str, Marking]) -> bytes:
    """The marked copy. Raises WorkbookUnmarkable."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > UNPACKED_BYTES:
                raise WorkbookUnmarkable
        book = load_workbook(io.BytesIO(content))
        left = COMMENTS
        for name, marking in sheets.items():
            left = _mark(book[name], titles, marking, left)
        out = io.BytesIO()
        book.save(out)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, zipfile.BadZipFile) as error:
        # What the library says of files it cannot keep: there is no one class for it.
        raise WorkbookUnmarkable from error
    return out.getvalue()


def _mark(page: Any, titles: Sequence[str], marking: Marking, comments: int) -> int:
    """Gives how many comments may still be made."""
    first = 1 + max((cell.column for row in page.iter_rows() for cell in row if cell.value is not None), default=0)
    if marking.titled is not None:
        for number, title in enumerate(titles):
            cell = _write(page, marking.titled, first + number, title)
            cell.fill, cell.font = _TITLE, Font(bold=True)
    for number, width in enumerate(WIDTHS[: len(titles)]):
        page.column_dimensions[get_column_letter(first + number)].width = width
    for row, texts in marking.added.items():
        for number, text in enumerate(texts):
            if text:
                _write(page, row, first + number, text).alignment = Alignment(wrap_text=True, vertical="top")
    for spot in marking.spots:
        comments = _point(page, spot, comments)
    return comments


def _write(page: Any, row: int, column: int, text: str) -> Any:
    """As text whatever it begins with: nothing of ours is a formula."""
    cell = page.cell(row, column)
    if isinstance(cell, MergedCell):
        return cell
    cell.value = text
    cell.data_type, cell.number_format = "s", "@"
    return cell


def _point(page: Any, spot: Spot, comments: int) -> int:
    cell = page.cell(spot.row, spot.column + 1)
    cell.fill = _FAULTY if spot.severe or cell.fill == _FAULTY else _DOUBTFUL
    if comments <= 0 or isinstance(cell, MergedCell):  # the cell it was merged into carries the sender's own
        return comments
    said = f"{cell.comment.text}\n" if cell.comment is not None else ""
    cell.comment = Comment(f"{said}{spot.text}", _AUTHOR, height=90, width=320)
    return comments - 1
