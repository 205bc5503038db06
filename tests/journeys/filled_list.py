"""A township's list as a clerk fills it in: the workbook as it came, with results written beside their people."""

import io
from collections.abc import Mapping
from typing import Any

import openpyxl

from tests.journeys.cast import VISITED

# Which column of the list states which field, and how a clerk words what is a code elsewhere.
COLUMNS = {"code": "核查结果", "reason": "不符合原因", "refer_to": "转介单位", "stop_from": "停发年月", "note": "备注"}
ALWAYS = {"核查方式": "入户", "核查日期": VISITED, "核查人": "李干事"}


def filled_in(workbook: bytes, results: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The list with these results (item → what the visit came to) written into its rows."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows() if any(cell.value == "对象编号" for cell in row))
    place = {str(cell.value): cell.column for cell in header}
    left = dict(results)
    for row in sheet.iter_rows(min_row=header[0].row + 1):
        said = left.pop(str(row[place["对象编号"] - 1].value), None)
        if said is not None:
            cells = ALWAYS | {COLUMNS[name]: value for name, value in said.items()}
            for column, value in cells.items():
                row[place[column] - 1].value = value
    assert left == {}, "not on the list"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
