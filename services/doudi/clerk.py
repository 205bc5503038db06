"""A township that works in Excel: the list is downloaded, filled in by hand, and sent back as it is.

Knows the kit and china, nothing of the services: only the headers a clerk sees.
"""

import io
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

LEAD = "线索编号"
HOW = {"visit": "入户", "phone": "电话", "village": "村级", "comparison": "比对"}
FORMS = {"household": "整户保", "single": "单人保", "institution": "集中供养", "home": "分散供养"}
REASONS = {"income": "收入", "property": "财产", "supporters": "赡养人", "other": "其他"}
WORDS = {"how": HOW, "form": FORMS, "reason": REASONS}
HEADERS = {
    "code": "核查结果", "how": "核查方式", "visited_on": "核查日期", "visited_by": "核查人", "form": "保障方式",
    "reason": "不符合原因", "refer_to": "转介单位", "died_on": "死亡日期", "name": "补充姓名",
    "id_number": "补充身份证号", "stop_from": "停发年月", "note": "备注",
}  # fmt: skip
ACCEPTANCE = {"responsible_unit": "责任单位", "responsible_person": "责任人", "measure": "措施"}
MOST_HEADER_ROWS = 20  # title and notes stand above the header


class NotTheList(ValueError):
    """The workbook has no header with a column of lead numbers."""


def fill_in(workbook: bytes, outcomes: Mapping[str, Mapping[str, Any]], acceptance: Mapping[str, str]) -> bytes:
    """The township's list with the outcomes typed in, row by row, by lead; rows without one stay as they are.

    `outcomes`: lead → fields of the report; `acceptance`: who takes the cases over. Raises NotTheList.
    """
    with closing(openpyxl.load_workbook(io.BytesIO(workbook))) as book:
        sheet = book.worksheets[0]
        header, columns = _header(sheet)
        for row in range(header + 1, sheet.max_row + 1):
            outcome = outcomes.get(str(sheet.cell(row, columns[LEAD]).value))
            if outcome is None:
                continue
            typed = {ACCEPTANCE[name]: value for name, value in acceptance.items()}
            typed |= {HEADERS[name]: WORDS.get(name, {}).get(value, value)
                      for name, value in outcome.items() if name in HEADERS}  # fmt: skip
            for name, value in typed.items():
                sheet.cell(row, columns[name]).value = value
        filled = io.BytesIO()
        book.save(filled)
        return filled.getvalue()


def _header(sheet: Worksheet) -> tuple[int, dict[str, int]]:
    """The row of the headers, and the column of each."""
    for row in range(1, MOST_HEADER_ROWS):
        titles = {str(cell.value): cell.column for cell in sheet[row] if cell.value is not None}
        if LEAD in titles:
            return row, titles
    raise NotTheList(f"no column {LEAD} in the first {MOST_HEADER_ROWS} rows of the list")
