"""An entry's values as a caller is told them: whole where they are revealed, else masked; as JSON or as cells."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any

from china.masks import STAR, mask_in_text, mask_name, mask_number, mask_phone
from kit.sheets_out import Value
from registry.persons.protections import SHIELD
from registry.registers.declaring import Field, Kind, Register, Values

SECRET = STAR * 6
YES, NO = "是", "否"


@dataclass(frozen=True)
class Eyes:
    """What somebody sees: identities or masks, and of whom (by person_id) not even the name."""

    revealed: bool
    hidden: Set[str] = frozenset()


def people_of(register: Register, values: Values) -> Iterator[tuple[str, dict[str, str]]]:
    """The persons an entry names, by field."""
    for one in register.fields:
        if one.kind is Kind.PERSON and values.get(one.name) is not None:
            yield one.name, values[one.name]


def shown(register: Register, values: Values, eyes: Eyes) -> dict[str, Any]:
    """All fields, those without a value as null."""
    return {one.name: _shown(one, values.get(one.name), eyes) for one in register.fields}


def _shown(one: Field, value: Any, eyes: Eyes) -> Any:
    if value is None:
        return None
    if one.kind is Kind.PERSON:
        return _person(value, eyes)
    return value if eyes.revealed else _masked(one, value)


def _masked(one: Field, value: Any) -> Any:
    if one.secret:
        return SECRET
    if one.kind is Kind.ID_NUMBER:
        return mask_number(value)
    if one.kind is Kind.PHONE:
        # A short number (12345) is a hotline's and nobody's own.
        return value if len(value) <= 6 else mask_phone(value)
    return mask_in_text(value) if isinstance(value, str) else value


def _person(value: dict[str, str], eyes: Eyes) -> dict[str, str | None]:
    person_id = value.get("person_id")
    if person_id is not None and person_id in eyes.hidden:
        return {"person_id": person_id, "name": SHIELD, "id_number": None}
    name, number = value["name"], value.get("id_number")
    if not eyes.revealed:
        name, number = mask_name(name) or "", mask_number(number)
    return {"person_id": person_id, "name": name, "id_number": number}


def cell(one: Field, part: str | None, value: Any) -> Value:
    """What was shown of a field (of one part of it), as a cell."""
    if part is not None:
        said: Value = None if value is None else value[part]
        return said
    if value is None or value == SECRET:
        return None if value is None else SECRET
    if one.kind is Kind.YES_NO:
        return YES if value else NO
    if one.kind is Kind.CHOICE:
        return one.choices[value]
    if one.kind is Kind.MONEY:
        sign, fen = "-" if value < 0 else "", abs(value)
        return f"{sign}{fen // 100}.{fen % 100:02d}"
    return str(value).replace("T", " ") if one.kind is Kind.MOMENT else str(value)
