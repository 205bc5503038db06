"""The smallest change that flips a decision: what would have to be otherwise for the record to be taken for this
person, or no longer to be.

Nothing is argued from weights: every change is made on the rows themselves and the whole chain decides anew, with
blocking, competitors and vetoes, so that what is promised is what would happen.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import polars as pl

from china.id_numbers import check_digit
from matcher.frames import IDENTITY
from matcher.linkage.known_people import KnownPeople, Pair

Values = dict[str, str | None]
_MISSING, _NEAR, _OTHER = range(3)


@dataclass(frozen=True)
class Change:
    """One or two fields, as an instruction. `record` and `person` are the columns to alter, by name: never shown."""

    fields: tuple[str, ...]
    text: str
    record: Mapping[str, str | None]
    person: Mapping[str, str | None]


@dataclass(frozen=True)
class _Step:
    """One field's change: how hard it is to believe (0 = plain), and what it does to either side."""

    field: str
    plain: int
    record: Values
    person: Values
    text: str


@dataclass(frozen=True)
class _Field:
    title: str
    clean: tuple[str, ...]  # columns of LEGIBLE that say whether both sides agree already; `a|b`: b where a is missing
    sent: tuple[str, ...]  # columns of IDENTITY that carry it


_FIELDS: Final[Mapping[str, _Field]] = {
    "number": _Field("身份证号", ("number",), ("id_number",)),
    "birth": _Field("出生日期", ("birth_stated|birth_number",), ("birth_date",)),
    "name": _Field("姓名", ("name",), ("name",)),
    "phone": _Field("电话", ("phone",), ("phone",)),
    "place": _Field("住址", ("township", "village", "group", "house"), ("address", "division")),
    "sex": _Field("性别", ("sex_stated|sex_number",), ("sex",)),
}


def smallest_change(known: KnownPeople, records: pl.DataFrame, pair: Pair, *, linked: bool) -> Change | None:
    """The most plausible change of one field, else of two, after which the first of `records` is (`linked`: is no
    longer) taken for the person; None where no two fields suffice."""
    row = records.row(0, named=True)
    steps = list(_parting(row, pair) if linked else _joining(row, pair))
    for size in (1, 2):
        every = sorted(combinations(steps, size), key=lambda some: sum(step.plain for step in some))
        changes = [_change(some, linked=linked) for some in every]
        done = _outcomes(known, records, str(pair.person_row["id"]), changes)
        flipped = [change for change, taken in zip(changes, done, strict=True) if taken is not linked]
        if flipped:
            return flipped[0]
    return None


def _change(steps: Sequence[_Step], *, linked: bool) -> Change:
    record: Values = {name: value for step in steps for name, value in step.record.items()}
    person: Values = {name: value for step in steps for name, value in step.person.items()}
    conditions = "，且".join(step.text for step in steps)
    end = "则不再认定为同一人" if linked else "则认定为同一人"
    return Change(tuple(step.field for step in steps), f"若{conditions}，{end}。", record, person)


def _joining(row: Mapping[str, str | None], pair: Pair) -> Iterator[_Step]:
    """Each field as it would be, were both sides the same: the record gets the person's value, or a person of whom
    it is unknown the record's."""
    for name, field in _FIELDS.items():
        state = _state(field, pair)
        if state is None:
            continue
        ours = _told(name, field, pair.person_row, pair.person)
        theirs = _told(name, field, row, pair.record)
        if any(ours.values()):
            how = f"记录能补上{field.title}并" if not _said(field, pair.record) else f"{field.title}能核对为"
            yield _Step(name, state, ours, {}, f"{how}与此人相同")
        elif any(theirs.values()):
            yield _Step(name, state, {}, theirs, f"人员档案能补上{field.title}并与记录相同")


def _state(field: _Field, pair: Pair) -> int | None:
    """How the two stand: None where they agree."""
    ours, theirs = (_said(field, side) for side in (pair.person, pair.record))
    if ours == theirs:
        return None
    if not (ours and theirs):
        return _MISSING
    shared = sum(a == b for a, b in zip(ours, theirs, strict=False))
    return _NEAR if shared * 2 > max(len(ours), len(theirs)) else _OTHER


def _said(field: _Field, side: Mapping[str, Any]) -> str:
    """A side's value in one word, "" where it has none."""
    found = (next((side[one] for one in name.split("|") if side[one]), "") for name in field.clean)
    return "".join(map(str, found))


def _told(name: str, field: _Field, row: Mapping[str, str | None], cleaned: Mapping[str, Any]) -> Values:
    """What a row says of the field; a date of birth also stands in the number."""
    said = {column: row[column] for column in field.sent}
    if name == "birth" and not said["birth_date"] and cleaned["birth_number"]:
        said["birth_date"] = str(cleaned["birth_number"])
    return said


def _parting(row: Mapping[str, str | None], pair: Pair) -> Iterator[_Step]:
    """Each field as it would be, were the record somebody else's: plainly another value."""
    born = pair.record["birth_stated"] or pair.record["birth_number"] or pair.person["birth_number"] or 19600615
    year = born // 10000 + (23 if born < 19600101 else -23)
    day = f"{year}{born // 100 % 100 % 12 + 1:02d}{(born % 100 + 10) % 28 + 1:02d}"
    first = f"640499{day}777"
    others: Mapping[str, Values] = {
        "number": {"id_number": first + check_digit(first)},
        "name": {"name": "佟雪鸿" if str(row["name"]).startswith("褚") else "褚翰飞"},
        "birth": {"birth_date": day},
        "phone": {"phone": _other_phone(pair.record["phone"])},
        "place": {"address": "甲子乡乙丑村99组99号", "division": None},
        "sex": {"sex": "女" if pair.person["sex_stated"] == 1 or pair.person["sex_number"] == 1 else "男"},
    }
    for name, values in others.items():
        known = any(row[column] for column in values)
        title = _FIELDS[name].title
        yield _Step(name, _MISSING if known else _OTHER, values, {}, f"核实{title}其实与此人不同")


def _other_phone(phone: str | None) -> str:
    digits = (phone or "13900000000")[-8:]
    return "157" + "".join(str(9 - int(digit)) for digit in digits)


def _outcomes(known: KnownPeople, records: pl.DataFrame, person_id: str, changes: Sequence[Change]) -> list[bool]:
    """For each change whether the chain then takes the record for the person. Changes of the record alone are decided
    together, each beside a copy of its roster; a person's own row can only be one thing at a time."""
    taken = [False] * len(changes)
    by_person: dict[tuple[tuple[str, str | None], ...], list[int]] = {}
    for place, change in enumerate(changes):
        by_person.setdefault(tuple(sorted(change.person.items())), []).append(place)
    for values, places in by_person.items():
        people = known.corrected(person_id, dict(values)) if values else known
        copies = pl.concat([_copy(records, place, changes[place].record) for place in places])
        links = people.link(copies).filter("assigned", pl.col("person_id") == person_id)
        found = set(links["record_id"])
        for place in places:
            taken[place] = f"{place}/{records['id'][0]}" in found
    return taken


def _copy(records: pl.DataFrame, number: int, values: Mapping[str, str | None]) -> pl.DataFrame:
    """The record altered, with a roster of its own."""
    first = pl.int_range(pl.len()) == 0
    altered = [pl.when(first).then(pl.lit(value)).otherwise(name).alias(name) for name, value in values.items()]
    mark = pl.lit(f"{number}/")
    named = records.with_columns(altered).with_columns(id=mark + pl.col("id"), household=mark + pl.col("household"))
    return named.select(list(IDENTITY))
