"""Whether what was said of an entry fits its register: every value by itself, then the rules across; all at once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from china import id_numbers, phones
from china.masks import STAR
from china.text import plain
from kit.shapes import MONTH
from registry.registers.declaring import Field, Kind, Register

LINE, TEXT, NAME = 200, 4000, 100  # characters at most
MOST_FEN, MOST_NUMBER = 10**13, 10**9
FIRST_YEAR, LAST_YEAR = 1900, 2100
_MONTH = re.compile(MONTH)
_MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}$", re.ASCII)
_ID = re.compile(r"^[0-9a-f-]{36}$", re.ASCII)
_SHORT = re.compile(r"^\d{3,6}$", re.ASCII)  # 12345, 110
PERSON_PARTS = ("name", "id_number", "person_id")


@dataclass(frozen=True)
class Mistake:
    """One thing wrong: at which field (and part of it), which code, told in both languages."""

    field: str
    code: str
    text: str
    part: str | None = None


class Wrong(Exception):
    """A single value that does not fit."""

    def __init__(self, code: str, text: str, part: str | None = None) -> None:
        super().__init__(code)
        self.code, self.text, self.part = code, text, part


REQUIRED = "必填 (required)"


def is_id(said: Any) -> bool:
    """Whether that can be an id at all; anything else is asked of no database."""
    return isinstance(said, str) and bool(_ID.match(said))


def fit(register: Register, said: Mapping[str, Any]) -> tuple[dict[str, Any], list[Mistake]]:
    """The sound values of an entry in one form, with what the register derives; and everything that is wrong."""
    found: dict[str, Any] = {}
    known = {one.name for one in register.fields}
    mistakes = [Mistake(name, "unknown-field", "未知字段 (unknown field)") for name in said if name not in known]
    for one in register.fields:
        value = said.get(one.name)
        if value is None:
            mistakes += [Mistake(one.name, "required", REQUIRED)] if one.needed else []
            continue
        try:
            found[one.name] = _READ[one.kind](one, value)
        except Wrong as wrong:
            mistakes.append(Mistake(one.name, wrong.code, wrong.text, wrong.part))
    return _ruled(register, found, mistakes)


def _ruled(register: Register, found: dict[str, Any], mistakes: list[Mistake]) -> tuple[dict[str, Any], list[Mistake]]:
    """With what follows from the values. A rule says nothing of a field that is wrong by itself."""
    wrong = {one.field for one in mistakes}
    if register.derived is not None:
        found = {**register.derived(found), **found}
    for rule in register.rules:
        if rule.at not in wrong and rule.broken(found):
            mistakes.append(Mistake(rule.at, rule.code, rule.text))
    return found, mistakes


def _text_of(value: Any, most: int) -> str:
    if not isinstance(value, str):
        raise Wrong("text-expected", "须为文字 (must be text)")
    text = value.strip()
    if not text:
        raise Wrong("required", REQUIRED)
    if len(text) > most:
        raise Wrong("too-long", f"最多 {most} 个字 (at most {most} characters)")
    if not text.isprintable() and any(not one.isprintable() and one not in "\n\r\t" for one in text):
        raise Wrong("characters", "含有无法识别的字符 (not valid Unicode)")
    return text


def _line(_: Field, value: Any) -> str:
    return _text_of(value, LINE)


def _long(_: Field, value: Any) -> str:
    return _text_of(value, TEXT)


def _household(_: Field, value: Any) -> str:
    return _text_of(value, 64)


def _case(_: Field, value: Any) -> str:
    return _text_of(value, 36)


def _date(_: Field, value: Any) -> str:
    try:
        said = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        said = None
    if said is None or not FIRST_YEAR <= said.year <= LAST_YEAR:
        raise Wrong("date-expected", "须为日期，如 2021-06-01 (a date like 2021-06-01)")
    return said.isoformat()


def _moment(_: Field, value: Any) -> str:
    try:
        said = datetime.fromisoformat(value) if isinstance(value, str) and _MOMENT.match(value) else None
    except ValueError:
        said = None
    if said is None or not FIRST_YEAR <= said.year <= LAST_YEAR:
        raise Wrong("moment-expected", "须为日期和时间，如 2021-06-01 09:30 (a day and a time of day)")
    return said.isoformat(timespec="minutes")


def _month(_: Field, value: Any) -> str:
    if not isinstance(value, str) or not _MONTH.fullmatch(value):
        raise Wrong("month-expected", "须为年月，如 2021-06 (a month like 2021-06)")
    return value


def _whole(value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong("number-expected", "须为整数 (a whole number)")
    if not least <= value <= most:
        raise Wrong("number-outside", f"须在 {least} 与 {most} 之间 (between {least} and {most})")
    return value


def _money(one: Field, value: Any) -> int:
    return _whole(value, one.least, MOST_FEN)


def _integer(one: Field, value: Any) -> int:
    return _whole(value, one.least, MOST_NUMBER)


def _yes_no(_: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("yes-no-expected", "须为 是 或 否 (true or false)")
    return value


def _choice(one: Field, value: Any) -> str:
    if not isinstance(value, str) or value not in one.choices:
        told = "、".join(f"{code} {label}" for code, label in one.choices.items())
        raise Wrong("choice-unknown", f"只能是 {told} (one of these codes)")
    return value


def _id_number(_: Field, value: Any) -> str:
    number = id_numbers.read(value) if isinstance(value, str) else None
    if number is None or number.id18 is None:
        raise Wrong("id-number-invalid", "身份证号未通过校验，请与证件核对 (not a sound ID number)")
    return number.id18


def _phone(_: Field, value: Any) -> str:
    text = plain(value) if isinstance(value, str) else None
    if text is not None and _SHORT.match(text):
        return text
    found = phones.read(text)
    if found is None or found.phone is None:
        raise Wrong("phone-invalid", "电话无法识别 (not a telephone number)")
    return found.phone


def _person(one: Field, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not set(value) <= set(PERSON_PARTS):
        raise Wrong("person-expected", "须为 name 和 id_number，或 person_id (name and id_number, or person_id)")
    found: dict[str, str] = {}
    name = value.get("name")
    if name is None:
        raise Wrong("required", REQUIRED, "name")
    try:
        found["name"] = _text_of(name, NAME)
    except Wrong as wrong:
        raise Wrong(wrong.code, wrong.text, "name") from None
    if STAR in found["name"]:
        raise Wrong("masked", "姓名已遮盖，请填全名 (the name is masked: give all of it)", "name")
    known = is_id(value.get("person_id"))
    if value.get("id_number") is not None:
        try:
            found["id_number"] = _id_number(one, value["id_number"])
        except Wrong as wrong:
            raise Wrong(wrong.code, wrong.text, "id_number") from None
    elif one.numbered and not known:
        raise Wrong("required", REQUIRED, "id_number")
    if known:
        found["person_id"] = value["person_id"]
    return found


_READ: dict[Kind, Callable[[Field, Any], Any]] = {
    Kind.TEXT: _line,
    Kind.LONG_TEXT: _long,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.MONTH: _month,
    Kind.MONEY: _money,
    Kind.INTEGER: _integer,
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice,
    Kind.ID_NUMBER: _id_number,
    Kind.PHONE: _phone,
    Kind.PERSON: _person,
    Kind.HOUSEHOLD: _household,
    Kind.CASE: _case,
}
