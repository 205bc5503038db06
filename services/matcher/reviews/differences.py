"""How a record and a candidate differ, field by field and character by character, for the eyes of a reviewer. Pure.

Values are compared as they would be read: half-width, a card's number as the resident number it begins with, dates as
days. Positions are counted in that reading, from 1; a masked value hides the characters and not where they differ.
Where a mask hides the length too (an address), the positions fall on no characters of it: `placed` says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from china import dates, id_numbers
from china.masks import STAR, mask_name, mask_number, mask_phone
from china.text import plain
from kit.differing import SAME, Kind, marks

Side = Mapping[str, str | None]


@dataclass(frozen=True)
class Difference:
    """One field on both sides; positions (from 1) of the characters that differ or that the other side lacks, and
    beside each what it is: changed, extra or swapped."""

    field: str
    title: str
    record: str | None
    person: str | None
    same: bool | None  # null: one side says nothing
    record_at: tuple[int, ...]
    person_at: tuple[int, ...]
    record_as: tuple[Kind, ...]
    person_as: tuple[Kind, ...]
    placed: bool  # whether positions fall on characters of the values as shown


@dataclass(frozen=True)
class _Field:
    name: str
    title: str  # as the compared fields of linkage are called
    read: Callable[[str | None], str | None]
    mask: Callable[[str | None], str | None]


def differences(record: Side, person: Side, *, masked: bool) -> list[Difference]:
    """Every field a person can be known by, in the order of their weight."""
    return [_difference(field, record, person, masked=masked) for field in _FIELDS]


def _difference(field: _Field, record: Side, person: Side, *, masked: bool) -> Difference:
    ours, theirs = (field.read(side.get(field.name)) for side in (record, person))
    both = ours is not None and theirs is not None
    found = marks(ours or "", theirs or "") if both else marks("", "")
    (record_at, record_as), (person_at, person_as) = _apart(found.one), _apart(found.other)
    show = field.mask if masked else str_or_none
    shown, beside = show(ours), show(theirs)
    return Difference(
        field=field.name,
        title=field.title,
        record=shown,
        person=beside,
        same=ours == theirs if both else None,
        record_at=record_at,
        person_at=person_at,
        record_as=record_as,
        person_as=person_as,
        placed=both and (len(shown or ""), len(beside or "")) == (len(ours or ""), len(theirs or "")),
    )


def str_or_none(text: str | None) -> str | None:
    """A value as it is."""
    return text


def _apart(kinds: Sequence[Kind]) -> tuple[tuple[int, ...], tuple[Kind, ...]]:
    """Where something is marked, counted from 1, and as what."""
    found = [(place, kind) for place, kind in enumerate(kinds, 1) if kind != SAME]
    return tuple(place for place, _ in found), tuple(kind for _, kind in found)


def _number(text: str | None) -> str | None:
    number = id_numbers.read(text)
    return None if number is None else number.id18 or number.text


def _day(text: str | None) -> str | None:
    reading = dates.read(text)
    if reading is None or reading.day is None:
        return plain(text)
    return reading.day.isoformat()[: {"day": 10, "month": 7, "year": 4}[reading.precision or "day"]]


def _sex(text: str | None) -> str | None:
    said = plain(text)
    return {"1": "男", "2": "女", "男性": "男", "女性": "女"}.get(said or "", said)


def _mask_day(text: str | None) -> str | None:
    """The year alone: with the day and the village a person is found."""
    return None if text is None else f"{text[:4]}-{STAR * 2}-{STAR * 2}"


def _mask_address(text: str | None) -> str | None:
    """Its beginning, which names the township at most."""
    return None if text is None else f"{text[:3]}{STAR * 3}"


_FIELDS = (
    _Field("name", "姓名", plain, mask_name),
    _Field("id_number", "身份证号", _number, mask_number),
    _Field("sex", "性别", _sex, str_or_none),
    _Field("birth_date", "出生日期", _day, _mask_day),
    _Field("ethnic", "民族", plain, str_or_none),
    _Field("address", "住址", plain, _mask_address),
    _Field("phone", "电话", plain, mask_phone),
)
NAMES = tuple(field.name for field in _FIELDS)
