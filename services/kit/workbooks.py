"""The sheets of an XLSX or of an old XLS → text cells. An XLSX is measured before it is opened (kit.archives)."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

import polars as pl
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from kit.archives import check_workbook
from kit.text_cells import columns_of, stacked
from kit.unreadable import Limits, TableUnreadable

Span = tuple[tuple[int, int], tuple[int, int]]  # first and last cell, each as row and column from 0
_BLOCK = 20_000  # rows that stand as Python objects at a time


@dataclass(frozen=True)
class SheetCells:
    """One visible sheet that holds something; row i of `frame` is row i+1 of the sheet."""

    name: str
    frame: pl.DataFrame
    numeric: Mapping[str, pl.Series] = field(default_factory=dict)
    merged: tuple[Span, ...] = ()  # cells joined into one, whose text stands in the first
    hidden: tuple[str, ...] = ()  # sheets of the same book nobody sees, which are not read


def sheets_of(content: bytes, kind: str, limits: Limits) -> list[SheetCells]:
    """The visible sheets with anything in them. Raises TableUnreadable."""
    if kind == "xlsx":
        check_workbook(content, limits)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            shown = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
            ]
            tables = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
            hidden = tuple(name for name in tables if name not in shown)
            sheets = [_sheet(book.get_sheet_by_name(name), hidden, limits) for name in shown]
    except PasswordError as error:
        raise TableUnreadable("encrypted") from error
    except (CalamineError, ValueError, OSError) as error:
        code = "encrypted" if "password" in str(error).lower() else "broken"
        raise TableUnreadable(code, kind=kind) from error
    if not shown:
        raise TableUnreadable("no-sheet")
    filled = [sheet for sheet in sheets if sheet.frame.height]
    if not filled:
        raise TableUnreadable("empty")
    return filled


def _sheet(sheet: CalamineSheet, hidden: tuple[str, ...], limits: Limits) -> SheetCells:
    left = [None] * (sheet.start[1] if sheet.start else 0)  # the reader begins at the first filled column
    rows = iter(sheet.iter_rows())
    blocks = []
    while block := list(islice(rows, _BLOCK)):
        blocks.append(columns_of([[*left, *row] for row in block] if left else block, limits))
    frame, numeric = stacked(blocks)
    return SheetCells(sheet.name, frame, numeric, tuple(sheet.merged_cell_ranges or ()), hidden)
