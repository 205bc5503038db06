"""The list a township sent back, cell by cell: what a clerk wrote → what an outcome states, or what is wrong there.

A mistake belongs to its cell and to no other row. Nothing is guessed: a code whose words say another, a date without
its day, a number Excel has rounded are mistakes with a way out.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from china import dates
from kit.tables_in import Table
from registry.ledger.outcome_codes import OUTCOMES
from registry.ledger.problems import row_error
from registry.ledger.schemas import RowErrorOut
from registry.ledger.sheet_columns import ACCEPTANCE, FORMS, HOW, KEYS, NAMES, REASONS, RESULT

# code → what is wrong with a cell and the way out. Only bounds and choices are quoted, never the cell.
CELL_ERRORS = {
    "code-unknown": ("没有此核查结果；请从下拉列表选择，如“02 符合低保”", "no such outcome; choose one from the list"),
    "code-unclear": ("代码与文字不一致，或文字适合多个结果；请从下拉列表选择", "code and words disagree; see the list"),
    "choice-unknown": ("请从下拉列表选择：{choices}", "choose one of: {choices}"),
    "date-unreadable": ("看不懂的日期；请写成 2021-06-05", "not a date; write it as 2021-06-05"),
    "date-incomplete": ("日期须写到日，如 2021-06-05", "the date needs its day, as 2021-06-05"),
    "month-unreadable": ("看不懂的年月；请写成 2021-07", "not a month; write it as 2021-07"),
    "number-destroyed": (
        "单元格是数字格式，号码的后几位已丢失；请设为文本格式后按证件重新输入",
        "the cell holds a number and the last digits are lost; make it text and type it again",
    ),
    "amount-unreadable": ("看不懂的金额；请只写数字，单位为元，最多两位小数", "not an amount in yuan"),
    "amount-negative": ("金额不能为负", "the amount is negative"),
    "amount-too-large": ("金额过大，请核对（单位为元）", "the amount is too large; check it (yuan)"),
    "too-long": ("超过 {limit} 字；请删减", "longer than {limit} characters; shorten it"),
    "key-mixed": ("与本行事项编号不是同一事项（可能只对部分列排了序）；请重新下载清单",
                  "not of the case named in this row; was only part of the sheet sorted? download it again"),
    "row-twice": ("同一对象在第 {lines} 行填了不同结果；请只保留一行", "line {lines} says another thing of the item"),
    "candidate-unclear": ("序号与姓名不一致，或候选同名；请只填候选人员列中的序号", "write the number only"),
    "cell-invalid": ("内容不合要求，请核对", "the content does not fit"),
}  # fmt: skip
LIMITS = {
    "responsible_unit": 100, "responsible_person": 50, "measure": 500, "visited_by": 50, "refer_to": 100,
    "duplicate_of": 64, "person_id": 100, "name": 100, "id_number": 40, "entry_number": 64, "note": 500,
}  # fmt: skip
MOST_YUAN = 10_000_000


class CellWrong(Exception):
    """A cell that cannot be taken as it stands; `code` is one of CELL_ERRORS."""

    def __init__(self, code: str, **args: object) -> None:
        super().__init__(code)
        self.code, self.args_by_name = code, args


def cell_error(code: str, field_: str, **args: object) -> RowErrorOut:
    """What is wrong with the cell of a field, in both languages."""
    zh, en = (text.format(**args) for text in CELL_ERRORS[code])
    return RowErrorOut(code=code, field=field_, detail=f"{zh}。({en})")


@dataclass
class Draft:
    """One row as read: which item it names, who takes the case over, what the outcome states, what is wrong."""

    line: int
    keys: dict[str, str]  # of case_id, lead_id, item_id, those given
    acceptance: dict[str, str]  # of responsible_unit, responsible_person, measure, those given
    values: dict[str, Any]
    errors: list[RowErrorOut] = field(default_factory=list)


@dataclass(frozen=True)
class Drafts:
    """All rows that state a result, in order of lines; `blank` rows state none."""

    rows: list[Draft]
    blank: int
    columns: Mapping[str, str]  # field → header as the sheet has it


def read_drafts(table: Table) -> Drafts:
    """The rows of a sheet that has been found to hold the columns needed."""
    columns = NAMES.found(table.headers)
    numbers = table.was_numeric(columns["id_number"]).to_list() if "id_number" in columns else []
    rows: list[Draft] = []
    blank = 0
    for index, row in enumerate(table.frame.iter_rows(named=True)):
        cells = {name: row[header].strip() for name, header in columns.items() if row[header] is not None}
        if not cells.get("code"):
            blank += 1
            continue
        draft = _draft(row["line"], cells)
        if numbers and numbers[index]:
            draft.errors.append(cell_error("number-destroyed", "id_number"))
        rows.append(draft)
    return Drafts(rows, blank, columns)


def _draft(line: int, cells: Mapping[str, str]) -> Draft:
    draft = Draft(
        line,
        keys={one.field: cells[one.field] for one in KEYS if one.field in cells},
        acceptance={one.field: cells[one.field] for one in ACCEPTANCE if one.field in cells},
        values={},
    )
    for one in (*ACCEPTANCE, *RESULT):
        if one.field in cells:
            try:
                value = _READ.get(one.field, str)(cells[one.field])
                _check_length(one.field, value)
                if one in RESULT:
                    draft.values[one.field] = value
            except CellWrong as wrong:
                draft.errors.append(cell_error(wrong.code, one.field, **wrong.args_by_name))
        elif one.field in ("how", "visited_on"):
            draft.errors.append(row_error("required", one.field))
    return draft


def _check_length(name: str, value: Any) -> None:
    limit = LIMITS.get(name)
    if limit is not None and len(value) > limit:
        raise CellWrong("too-long", limit=limit)


def _plain(text: str) -> str:
    return re.sub(r"[\s()（）,，、.．:：;；-]", "", unicodedata.normalize("NFKC", text)).upper()


_CODE = re.compile(r"^([WP][1-5]|1[0-8]|0?[1-9])(?![0-9])(.*)$")
_BY_TITLE = {_plain(one.title): one.code for one in OUTCOMES.values()}


def read_code(text: str) -> str:
    """`02`, `2` (Excel drops the zero), `02 符合低保`, `符合低保`. Raises CellWrong."""
    plain = _plain(text)
    found = _CODE.match(plain)
    if found is None:
        return _by_title(plain)
    code = found[1].zfill(2)
    if (
        found[2]
        and not _plain(OUTCOMES[code].title).startswith(found[2])
        and not found[2].startswith(_plain(OUTCOMES[code].title))
    ):
        raise CellWrong("code-unclear")
    return code


def _by_title(plain: str) -> str:
    if plain in _BY_TITLE:
        return _BY_TITLE[plain]
    fitting = [code for title, code in _BY_TITLE.items() if title.startswith(plain)]
    if len(fitting) != 1:
        raise CellWrong("code-unclear" if fitting else "code-unknown")
    return fitting[0]


def _choice(words: Mapping[str, str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        plain = _plain(text)
        found = {code for word, code in words.items() if plain == word or plain == code.upper()}
        # 入户核查, 整户, 有赡养人: the word with more or less around it, where only one fits
        found = found or {code for word, code in words.items() if len(plain) > 1 and (word in plain or plain in word)}
        if len(found) != 1:
            raise CellWrong("choice-unknown", choices="、".join(words))
        return found.pop()

    return read


def read_day(text: str) -> str:
    """A date to the day, as ISO text. Raises CellWrong."""
    reading = dates.read(text)
    if reading is None or reading.day is None:
        raise CellWrong("date-unreadable")
    if reading.precision != "day":
        raise CellWrong("date-incomplete")
    return reading.day.isoformat()


def read_month(text: str) -> str:
    """A month as YYYY-MM; Excel likes to make the first of the month of it. Raises CellWrong."""
    reading = dates.read(text)
    if reading is None or reading.day is None or reading.precision == "year":
        raise CellWrong("month-unreadable")
    return f"{reading.day:%Y-%m}"


def read_amount(text: str) -> int:
    """Yuan → fen. Raises CellWrong."""
    plain = re.sub(r"[,\s￥¥]|元$|\.0+$", "", unicodedata.normalize("NFKC", text))
    try:
        fen = Decimal(plain) * 100
    except InvalidOperation:
        raise CellWrong("amount-unreadable") from None
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise CellWrong("amount-unreadable")
    if fen < 0:
        raise CellWrong("amount-negative")
    if fen > MOST_YUAN * 100:
        raise CellWrong("amount-too-large")
    return int(fen)


_READ: dict[str, Callable[[str], Any]] = {
    "code": read_code,
    "how": _choice(HOW),
    "form": _choice(FORMS),
    "reason": _choice(REASONS),
    **dict.fromkeys(("visited_on", "died_on", "revisit_on", "entered_on"), read_day),
    "stop_from": read_month,
    "paid_month": read_month,
    **dict.fromkeys(("overpaid_fen", "recovered_fen"), read_amount),
}
