"""Values of the screens' settings as a form's fields, and back: each kind of setting has its own.

Of a setting `x` the value's fields begin with `v.x`, the document it comes from is `b.x`. What was typed is kept as it
was, so that a form can be shown again with what is wrong said beside it.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from console.door import Form
from console.setting_words import Setting
from console.words import FEEDS

BETWEEN = "|"


def field_of(setting: Setting) -> str:
    """The name of a setting's field."""
    return f"v.{setting['setting']}"


def typed_of(setting: Setting, value: Any) -> dict[str, list[str]]:
    """A value as a form would bring it: field → what stands in it."""
    name, kind = field_of(setting), setting["kind"]
    if kind in {"per-screen", "colours"}:
        return {f"{name}.{one}": [_plain(it)] for one, it in value.items()}
    if kind == "orders":
        return {f"{name}.{one}": ["\n".join(FEEDS.get(it, it) for it in order)] for one, order in value.items()}
    own = _TYPED.get(kind)
    if value is None or own is None:
        return {name: ["" if value is None else _plain(value)]}
    return {name: own(setting, value)}


_TYPED: Mapping[str, Callable[[Setting, Any], list[str]]] = {
    "flag": lambda _, value: ["yes" if value else "no"],
    "words": lambda setting, value: list(value) if setting["among"] else ["、".join(value)],
    "grades": lambda _, value: [f"{one}-{grade}" for one, grades in value.items() for grade in grades],
    "diseases": lambda _, value: ["\n".join(map(_disease_line, value))],
}


def _plain(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _disease_line(one: Mapping[str, Any]) -> str:
    return f"{one['name']} {BETWEEN} {'、'.join(one['words'])} {BETWEEN} {'、'.join(one['icd'])}"


def brought(given: Form) -> dict[str, list[str]]:
    """Every field of values and documents as it was typed."""
    names = dict.fromkeys(name for name in given.fields if name.startswith(("v.", "b.")))
    return {name: given.all(name) for name in names}


class Untold(ValueError):
    """A field that cannot be read as its kind; the text says what would be right."""


def value_of(setting: Setting, typed: Mapping[str, list[str]]) -> Any:
    """The value a form brings, as the matcher takes it; whether it fits its bounds the matcher says. Raises Untold."""
    return READERS.get(setting["kind"], _one)(setting, typed)


def _one(setting: Setting, typed: Mapping[str, list[str]]) -> str:
    return next(iter(typed.get(field_of(setting), [])), "").strip()


def _number(setting: Setting, typed: Mapping[str, list[str]]) -> float | int | None:
    told = _one(setting, typed)
    if not told and setting["may_be_open"]:
        return None
    return _read_number(told, whole=setting["kind"] == "whole")


def _read_number(told: str, *, whole: bool) -> float | int:
    try:
        return int(told) if whole or told.isdecimal() else float(told)
    except ValueError:
        raise Untold("请填写整数。" if whole else "请填写数字。") from None


def _flag(setting: Setting, typed: Mapping[str, list[str]]) -> bool:
    told = _one(setting, typed)
    if told not in {"yes", "no"}:
        raise Untold("请选择是或否。")
    return told == "yes"


def _words(setting: Setting, typed: Mapping[str, list[str]]) -> list[str]:
    if setting["among"]:
        return [one for one in typed.get(field_of(setting), []) if one]
    return _split(_one(setting, typed))


def _split(told: str) -> list[str]:
    return [part for one in told.replace(",", "、").replace("，", "、").split("、") if (part := one.strip())]


def _grades(setting: Setting, typed: Mapping[str, list[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one in typed.get(field_of(setting), []):
        kind, _, grade = one.partition("-")
        if not grade.isdecimal():
            raise Untold("请勾选类别和等级。")
        found.setdefault(kind, []).append(int(grade))
    return {kind: sorted(found[kind]) for kind in sorted(found)}


def _day(setting: Setting, typed: Mapping[str, list[str]]) -> str:
    try:
        return date.fromisoformat(_one(setting, typed)).isoformat()
    except ValueError:
        raise Untold("请填写日期。") from None


def _diseases(setting: Setting, typed: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    found = []
    for number, line in enumerate(filter(str.strip, _one(setting, typed).splitlines()), 1):
        parts = [part.strip() for part in line.split(BETWEEN)]
        if len(parts) != 3 or not parts[0]:
            raise Untold(f"第 {number} 行应为“病种 {BETWEEN} 诊断用语、… {BETWEEN} 编码、…”。")
        found.append({"name": parts[0], "words": _split(parts[1]), "icd": _split(parts[2])})
    return found


def _by_key(setting: Setting, typed: Mapping[str, list[str]]) -> dict[str, Any]:
    """Screen or colour → what is said of it; one left empty is left as it is nationally."""
    begin = f"{field_of(setting)}."
    told = {name.removeprefix(begin): _lines(value[0]) for name, value in typed.items() if name.startswith(begin)}
    filled = {name: value for name, value in told.items() if value}
    if setting["kind"] == "orders":
        return {name: [_CODES.get(line, line) for line in value.split("\n")] for name, value in filled.items()}
    if setting["kind"] == "per-screen" and setting["among"]:
        return dict(filled)
    return {name: _read_number(value, whole=True) for name, value in filled.items()}


def _lines(told: str) -> str:
    """What stands on the lines, without blanks around it and without lines on which nothing does."""
    return "\n".join(line.strip() for line in told.splitlines() if line.strip())


_CODES = {title: code for code, title in FEEDS.items()}
READERS: Mapping[str, Callable[[Setting, Mapping[str, list[str]]], Any]] = {
    "amount": _number, "whole": _number, "flag": _flag, "words": _words, "grades": _grades, "day": _day,
    "diseases": _diseases, "per-screen": _by_key, "colours": _by_key, "orders": _by_key,
}  # fmt: skip
