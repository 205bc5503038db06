"""Agreement levels of a pair, packed into one pattern. Null is a level."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.block import Pairs, Tables, asked, key_of
from matcher.linkage.chunks import in_chunks
from matcher.linkage.compare_names import Lore, lore, name_level
from matcher.linkage.compare_numbers import (
    EQUAL,
    OF_MEMBER,
    REPAIRED,
    UPGRADED,
    birth_level,
    free_birth_level,
    number_level,
)
from matcher.linkage.encode import Encoded
from matcher.linkage.kernel import Int, One, compiled, inlined, lent
from matcher.linkage.levels import STRIDES, Levels, Patterns, code
from matcher.linkage.rows import Names, Rows

Numbers = NDArray[np.int64]
MOST_HOMES: Final = 16  # people who hold one number; of more it says nothing whose it is
NAME, BIRTH_MISSING = code("name", "missing"), code("birth", "missing")
_STRIDE: Final = tuple(int(stride) for stride in STRIDES)
PHONE_DIFFERS, PLACE_DIFFERS, TOWNSHIP = code("phone", "differs"), code("place", "differs"), code("place", "township")
VILLAGE, OTHER_GROUP, GROUP = code("place", "village"), code("place", "other-group"), code("place", "group")
HOUSE = code("place", "house")


class Ground(NamedTuple):
    """Both sides as the compiled functions take them."""

    people: Rows
    ours: Names
    main: Tables
    more: Tables
    records: Rows
    theirs: Names
    order: Numbers  # record rows by household
    begin: Numbers  # where in `order` the household of each record begins, and
    end: Numbers  # ends; both 0 where it has none
    lore: Lore


def ground(encoded: Encoded) -> Ground:
    """Lay out both sides and the rosters of the records."""
    index, records = encoded.people, encoded.records
    sides = (index.side.rows, index.side.names, index.main, index.more, records.rows, records.names)
    return Ground(*sides, *encoded.rosters, lore())


def compare(encoded: Encoded, pairs: Pairs) -> Patterns:
    """The pattern of each pair (record row << 32 | people row), the household's evidence still missing."""
    laid = ground(encoded)
    return np.concatenate([np.zeros(0, dtype=np.int64), *in_chunks(pairs, lambda part: _compare(laid, part))])


def unconditional(encoded: Encoded, pairs: Pairs) -> dict[str, Levels]:
    """Levels of fields that `compare` makes depend on the numbers, as they are when no number is known."""
    out = np.zeros(len(pairs), dtype=np.int8)
    _free_births(encoded.people.side.rows, encoded.records.rows, pairs, out)
    return {"birth": out}


@compiled
def _free_births(people: Rows, records: Rows, pairs: Pairs, out: Levels) -> None:
    for place in range(len(pairs)):
        out[place] = free_birth_level(people[pairs[place] & 0xFFFFFFFF], records[pairs[place] >> 32])


@compiled
def _compare(ground: Ground, pairs: Pairs) -> Patterns:
    homes, out = np.zeros(MOST_HOMES, dtype=np.int64), np.zeros(len(pairs), dtype=np.int64)
    ground = lent(ground)
    last, count = -1, 0
    for place in range(len(pairs)):
        record, person = pairs[place] >> 32, pairs[place] & 0xFFFFFFFF
        if record != last:
            last, count = record, homes_of_number(ground, record, homes)
        number = number_of(ground, record, person, homes[:count])
        name = name_level(
            ground.people[person].name, ground.ours, ground.records[record].name, ground.theirs, ground.lore
        )
        out[place] = packed(number, name, cheap_levels(number, ground.people[person], ground.records[record]))
    return out


@inlined
def homes_of_number(ground: Ground, record: Int, homes: Numbers) -> Int:
    """Households of the people who hold the record's number, written to `homes`; how many. A number that more people
    hold than `homes` has room for is nobody's."""
    value = key_of(0, 0, ground.records[record], ground.theirs.entries[0])
    if value < 0:
        return 0
    found = np.zeros(MOST_HOMES + 1, dtype=np.int64)
    first = asked(value, 0, ground.main, ground.people, found)
    held = first + asked(value, 0, ground.more, ground.people, found[first:])
    if held > MOST_HOMES:
        return 0
    count = 0
    for place in range(held):
        household = ground.people[found[place] >> 4].household
        if household >= 0:
            homes[count] = household
            count += 1
    return count


@inlined
def number_of(ground: Ground, record: Int, person: Int, homes: Numbers) -> Int:
    """Level of the numbers of a pair, knowing who else of either household holds which."""
    theirs, ours = ground.records[record], ground.people[person]
    level = number_level(ours, theirs)
    if level in (EQUAL, UPGRADED):
        return level
    for home in homes:
        if home == ours.household:
            return OF_MEMBER
    if level >= REPAIRED:
        for place in range(ground.begin[record], ground.end[record]):
            other = ground.records[ground.order[place]]
            if other.live and other.head == ours.head and other.tail == ours.tail:
                return OF_MEMBER
    return level


@inlined
def cheap_levels(number: Int, person: One, record: One) -> tuple[Int, Int, Int, Int, Int]:
    """Levels of birth, sex, ethnic, place and phone: of everything that needs no look at names."""
    return (
        birth_level(number, person, record),
        _sex_level(number, person, record),
        _equality(person.ethnic, record.ethnic, 2),
        _place_level(person, record),
        _equality(person.phone, record.phone, PHONE_DIFFERS),
    )


@inlined
def packed(number: Int, name: Int, cheap: tuple[Int, Int, Int, Int, Int]) -> Int:
    """The pattern of these levels, the household's evidence still missing."""
    birth, sex, ethnic, place, phone = cheap
    total = number * _STRIDE[0] + birth * _STRIDE[1] + name * _STRIDE[2] + sex * _STRIDE[3]
    return total + ethnic * _STRIDE[4] + place * _STRIDE[5] + phone * _STRIDE[6]


@compiled
def _equality(left: Int, right: Int, differs: Int) -> Int:
    if left < 0 or right < 0:
        return 0
    return 1 if left == right else differs


@compiled
def _sex_level(number: Int, person: One, record: One) -> Int:
    """Stated sex first, else the number's; where numbers agree only two statements are evidence, and a number that
    is a relative's says nothing of the record's sex."""
    silent = number in (EQUAL, UPGRADED, REPAIRED, OF_MEMBER)
    ours = person.sex_stated if person.sex_stated > 0 or silent else person.sex_number
    theirs = record.sex_stated if record.sex_stated > 0 or silent else record.sex_number
    if ours == 0 or theirs == 0:
        return 0
    return 1 if ours == theirs else 2


@compiled
def _place_level(person: One, record: One) -> Int:
    township = person.township >= 0 and record.township >= 0
    same_township = township and person.township == record.township
    village = person.village >= 0 and record.village >= 0
    # 新民村 stands in many townships
    if village and person.village == record.village and (same_township or not township):
        if person.group < 0 or record.group < 0:
            return VILLAGE
        if person.group != record.group:
            return OTHER_GROUP
        return HOUSE if person.house >= 0 and person.house == record.house else GROUP
    if same_township:
        return TOWNSHIP
    return PLACE_DIFFERS if township or village else 0


def roster_levels(encoded: Encoded, pairs: Pairs) -> Levels:
    """Level of `household` between records of one side: do both stand in one household's roster?"""
    household = encoded.records.rows["household"]
    left, right = household[pairs >> 32], household[pairs & 0xFFFFFFFF]
    out = np.where(left == right, code("household", "same-roster"), code("household", "other-roster")).astype(np.int8)
    out[(left < 0) | (right < 0)] = 0
    return out
