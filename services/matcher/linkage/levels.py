"""How two values can agree: the compared fields and their agreement levels, in the order they are packed.

A pair's *pattern* is the mixed-radix number of its levels; the model holds, for each level, how often it is seen in
pairs of the same person, of two people of one household, and of strangers. Level 0 is always "nothing to compare":
null is a level, so a missing value is weighed like any other and never taken for disagreement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.int8]
Patterns = NDArray[np.int64]


@dataclass(frozen=True)
class Field:
    """One compared field: its name, what staff call it, and its levels as (name, Chinese sentence part)."""

    name: str
    zh: str
    levels: tuple[tuple[str, str], ...]

    def code(self, level: str) -> int:
        """The number of a level; unknown names are a programming error and raise ValueError."""
        return [name for name, _ in self.levels].index(level)


FIELDS: Final = (
    Field(
        "number",
        "身份证号",
        (
            ("missing", "一方没有可用的身份证号"),
            ("equal", "身份证号相同"),
            ("upgraded", "15位旧号升位后相同"),
            ("repaired", "身份证号只差一处笔误，校验码可以解释"),
            ("same-birth", "身份证号不同，但其中的出生日期相同"),
            ("of-member", "记录上的身份证号属于该户另一成员"),
            ("unsound", "身份证号不同，其中一方校验不通过"),
            ("differs", "两个有效身份证号不同"),
        ),
    ),
    Field(
        "birth",
        "出生日期",
        (
            ("missing", "没有出生日期可比"),
            ("stated-missing", "号码之外没有填报出生日期"),
            ("stated-equal", "号码之外填报的出生日期也相符"),
            ("stated-near", "号码之外填报的出生日期相近"),
            ("stated-differs", "号码之外填报的出生日期不符"),
            ("equal", "出生日期相同"),
            ("equal-some", "出生日期有一处相同（填报与号码不一致）"),
            ("one-digit", "出生日期只差一位或月日颠倒"),
            ("same-month", "出生年月相同，日不同"),
            ("same-day", "出生月日相同，年份不同"),
            ("default-day", "同年出生，一方按1月1日填报"),
            ("same-year", "同年出生，月日不同"),
            ("close-year", "出生年份相差一年"),
            ("differs", "出生日期不同"),
        ),
    ),
    Field(
        "name",
        "姓名",
        (
            ("missing", "没有姓名可比"),
            ("equal-1", "姓名相同（几乎独有的名字）"),
            ("equal-2", "姓名相同（极少见的名字）"),
            ("equal-3", "姓名相同（很少见的名字）"),
            ("equal-4", "姓名相同（少见的名字）"),
            ("equal-5", "姓名相同（不多见的名字）"),
            ("equal-6", "姓名相同（多见的名字）"),
            ("equal-7", "姓名相同（很多人叫这个名字）"),
            ("sound-1", "姓名同音不同字（少见的名字）"),
            ("sound-2", "姓名同音不同字（多见的名字）"),
            ("look-alike", "姓名只差一个形近字"),
            ("near-sound", "姓名只差一个近音字"),
            ("moved", "姓名多一字、少一字或字序颠倒"),
            ("alias", "一方像小名或“某氏”"),
            ("variant", "少数民族姓名的不同译写"),
            ("one-other", "姓名只差一字，其余相同"),
            ("surname", "只有姓相同"),
            ("differs", "姓名不同"),
        ),
    ),
    Field("sex", "性别", (("missing", "没有性别可比"), ("equal", "性别相同"), ("differs", "性别不同"))),
    Field("ethnic", "民族", (("missing", "没有民族可比"), ("equal", "民族相同"), ("differs", "民族不同"))),
    Field(
        "place",
        "住址",
        (
            ("missing", "没有住址可比"),
            ("house", "同村同组同门牌"),
            ("group", "同村同组"),
            ("village", "同村，一方没写组"),
            ("other-group", "同村不同组"),
            ("township", "同乡镇不同村"),
            ("differs", "住址不同"),
        ),
    ),
    Field(
        "phone",
        "电话",
        (("missing", "没有电话可比"), ("equal", "电话相同"), ("near", "电话只差一位"), ("differs", "电话不同")),
    ),
    Field(
        "household",
        "家庭成员",
        (
            ("missing", "家庭成员方面没有线索"),
            ("supported", "同户其他成员已对应到该人员的家庭"),
            ("contradicted", "同户其他成员对应到别的家庭"),
            ("taken", "同户另一成员已对应到该人员"),
            ("same-roster", "两条记录在同一户的名单里"),
            ("other-roster", "两条记录在不同户的名单里"),
        ),
    ),
)
RAREST: Final = "equal-1"  # levels of `name` between these two: the same name, ever more frequent
COMMONEST: Final = "equal-7"
MIDDLING: Final = "equal-5"  # what an equal name is taken for where nobody can say how rare it is
BY_NAME: Final[Mapping[str, int]] = {field.name: place for place, field in enumerate(FIELDS)}
STRIDES: Final = np.cumprod([1, *(len(field.levels) for field in FIELDS)])[:-1].astype(np.int64)


def code(field: str, level: str) -> int:
    """The number of `level` in `field`, both by name."""
    return FIELDS[BY_NAME[field]].code(level)


def pack(levels: Mapping[str, Levels]) -> Patterns:
    """One int64 per pair from one int8 array per field; every field of FIELDS must be there."""
    first = next(iter(levels.values()))
    total = np.zeros(len(first), dtype=np.int64)
    for field, stride in zip(FIELDS, STRIDES, strict=True):
        total += levels[field.name].astype(np.int64) * stride
    return total


def unpack(patterns: Patterns) -> dict[str, Levels]:
    """The levels behind packed patterns, one int8 array per field."""
    return {
        field.name: (patterns // stride % len(field.levels)).astype(np.int8)
        for field, stride in zip(FIELDS, STRIDES, strict=True)
    }


def level_of(patterns: Patterns, field: str) -> Levels:
    """The levels of one field behind packed patterns."""
    place = BY_NAME[field]
    found: Levels = (patterns // STRIDES[place] % len(FIELDS[place].levels)).astype(np.int8)
    return found


@cache
def _marked(field: str, names: tuple[str, ...]) -> NDArray[np.bool_]:
    """By level of a field, whether it is one of these."""
    return np.array([name in names for name, _ in FIELDS[BY_NAME[field]].levels])


def among(patterns: Patterns, field: str, names: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether a field has one of the levels named."""
    found: NDArray[np.bool_] = _marked(field, names)[level_of(patterns, field)]
    return found


def replace(patterns: Patterns, field: str, levels: Levels) -> Patterns:
    """`patterns` with one field's levels exchanged: how the second pass adds the household's evidence."""
    place = BY_NAME[field]
    stride, size = STRIDES[place], len(FIELDS[place].levels)
    old = patterns // stride % size
    changed: Patterns = patterns + (levels.astype(np.int64) - old) * stride
    return changed
