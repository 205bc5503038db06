"""Cells as people type them → values as the register's fields take them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from china import dates
from china.text import plain
from kit.sheets_out import Value
from registry.registers.declaring import Field, Kind, Register
from registry.registers.slots import AREA, ENTRY, ON, SINCE, VERSION, Slot
from registry.registers.values import Wrong

_MONEY = re.compile(r"[,，元人民币￥¥\s]")
_YES = {"是": True, "有": True, "√": True, "1": True, "y": True, "yes": True, "true": True, "能": True, "已": True}
_NO = {
    "否": False,
    "无": False,
    "×": False,
    "0": False,
    "n": False,
    "no": False,
    "false": False,
    "不能": False,
    "未": False,
}
_NEVER_WORDS = frozenset(
    {
        Kind.DATE,
        Kind.MOMENT,
        Kind.MONTH,
        Kind.MONEY,
        Kind.INTEGER,
        Kind.ID_NUMBER,
        Kind.PHONE,
        Kind.PERSON,
        Kind.CASE,
        Kind.CHOICE,
    }
)
# 09:30, 9:30:00, 9时30分, 9时; whatever stands before it is the day.
_TIME = re.compile(r"[T\s]*(\d{1,2})(?:[:：时点](\d{2})?)(?::\d{2}(?:\.0+)?|分)?$", re.ASCII)
_AREA = re.compile(r"^\d{12}$", re.ASCII)
NUMERIC = "该单元格以数字格式保存，后几位已损坏，未采用 (saved as a number, its end is lost)"


@dataclass
class Draft:
    """A row: what it says by slot, and what of that cannot be read (slot None: of the row)."""

    line: int
    cells: dict[Slot, str]
    entry_id: str | None = None
    version: str | None = None  # as the sender saw it
    area: str | None = None
    since: date | None = None
    on: date | None = None
    wrong: list[tuple[Slot | None, str, str]] = field(default_factory=list)


def draft_of(line: int, cells: Mapping[Slot, str], numeric: frozenset[Slot]) -> Draft:
    """A row with the columns every sheet has already read."""
    draft = Draft(line, {slot: text for slot, text in cells.items() if slot.own})
    for slot, text in cells.items():
        if slot in numeric and slot.part == "id_number":
            draft.wrong.append((slot, "id-number-was-numeric", NUMERIC))
            del draft.cells[slot]
        elif slot.field == ENTRY:
            draft.entry_id = text
        elif slot.field == VERSION:
            draft.version = text.removesuffix(".0")
        elif slot.field == AREA:
            if _AREA.match(text):
                draft.area = text
            else:
                draft.wrong.append((slot, "area-unreadable", "须为 12 位区划代码 (a 12-digit code)"))
        elif slot.field in {SINCE, ON}:
            _day_of(draft, slot, text)
    return draft


def _day_of(draft: Draft, slot: Slot, text: str) -> None:
    try:
        said = date.fromisoformat(_date(text))
    except Wrong as wrong:
        draft.wrong.append((slot, wrong.code, wrong.text))
        return
    if slot.field == SINCE:
        draft.since = said
    else:
        draft.on = said


def values_of(register: Register, draft: Draft, cells: Mapping[Slot, str], was: Mapping[str, Any]) -> dict[str, Any]:
    """What these cells say, by field; a person of whom one column is filled in keeps the other from `was`.

    What cannot be read is noted in the draft.
    """
    found: dict[str, Any] = {}
    fields = {one.name: one for one in register.fields}
    for slot, text in cells.items():
        if fields[slot.field].kind in _NEVER_WORDS and (plain(text) is None and text != "0"):
            continue  # 无, /, -: nothing was given
        if slot.part is not None:
            kept = {part: value for part, value in (was.get(slot.field) or {}).items() if part != "person_id"}
            found.setdefault(slot.field, kept)[slot.part] = plain(text) or text
            continue
        try:
            found[slot.field] = _READ.get(fields[slot.field].kind, _text)(fields[slot.field], text)
        except Wrong as wrong:
            draft.wrong.append((slot, wrong.code, wrong.text))
    return found


def same(text: str, shown: Value) -> bool:
    """Whether a cell says what was shown there."""
    told = None if shown is None else plain(str(shown))
    return told == plain(text) or (shown is not None and str(shown).strip() == text.strip())


def _text(one: Field, text: str) -> str:
    return text if one.kind is Kind.LONG_TEXT else plain(text) or text


def _date(text: str) -> str:
    read = dates.read(text)
    if read is None or read.day is None or read.precision != "day":
        raise Wrong("date-expected", "须为日期，如 2021-06-01 (a date like 2021-06-01)")
    return read.day.isoformat()


def _day(_: Field, text: str) -> str:
    return _date(text)


def _moment(_: Field, text: str) -> str:
    found = _TIME.search(plain(text) or "")
    if found is None:
        raise Wrong("moment-expected", "须为日期和时间，如 2021-06-01 09:30 (a day and a time of day)")
    day = _date((plain(text) or "")[: found.start()])
    return f"{day}T{int(found[1]):02d}:{found[2] or '00'}"


def _month(_: Field, text: str) -> str:
    read = dates.read(text)
    if read is None or read.day is None or read.precision == "year":
        raise Wrong("month-expected", "须为年月，如 2021-06 (a month like 2021-06)")
    return read.day.isoformat()[:7]


def _money(_: Field, text: str) -> int:
    """Yuan, exactly; no more than two decimals."""
    bare = _MONEY.sub("", plain(text) or "")
    try:
        fen = Decimal(bare) * 100
        if not fen.is_finite() or fen != fen.to_integral_value() or abs(fen) > Decimal(10) ** 15:
            raise Wrong("money-expected", "须为金额（元，最多两位小数） (yuan, at most two decimals)")
    except InvalidOperation:
        raise Wrong("money-expected", "须为金额（元，最多两位小数） (yuan, at most two decimals)") from None
    return int(fen)


def _integer(_: Field, text: str) -> int:
    bare = (plain(text) or "").removesuffix(".0").replace(",", "")
    if not re.fullmatch(r"-?\d{1,12}", bare, re.ASCII):
        raise Wrong("number-expected", "须为整数 (a whole number)")
    return int(bare)


def _yes_no(_: Field, text: str) -> bool:
    word = (plain(text) or text).strip().lower()
    if word in _YES:
        return True
    if word in _NO or text.strip() in _NO:
        return False
    raise Wrong("yes-no-expected", "须为 是 或 否 (yes or no)")


def _choice(one: Field, text: str) -> str:
    word = plain(text) or ""
    for code, label in one.choices.items():
        if word in {code, plain(label)} or word == f"{code} {label}":
            return code
    told = "、".join(one.choices.values())
    raise Wrong("choice-unknown", f"只能是 {told} (one of these)")


_READ: dict[Kind, Callable[[Field, str], Any]] = {
    Kind.DATE: _day,
    Kind.MOMENT: _moment,
    Kind.MONTH: _month,
    Kind.MONEY: _money,
    Kind.INTEGER: _integer,
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice,
}
