"""Agreement levels of every candidate pair, packed into one pattern per pair. Null is a level."""

import numpy as np
from numpy.typing import NDArray

from matcher.linkage import levels as scale
from matcher.linkage.block import Pairs
from matcher.linkage.compare_names import name_levels
from matcher.linkage.compare_numbers import EQUAL, OF_MEMBER, REPAIRED, UPGRADED, birth_levels, number_levels
from matcher.linkage.encode import Codes, Encoded, Side
from matcher.linkage.levels import Levels, Patterns, code


def compare(encoded: Encoded, pairs: Pairs) -> Patterns:
    """The pattern of each pair (record row << 32 | people row), the household's evidence still missing."""
    theirs, ours = pairs >> 32, pairs & 0xFFFFFFFF
    records, people = encoded.records, encoded.people
    number = _numbers(encoded, theirs, ours)
    levels = {
        "number": number,
        "birth": birth_levels(
            number,
            (people.birth_number[ours], people.birth_stated[ours]),
            (records.birth_number[theirs], records.birth_stated[theirs]),
        ),
        "name": name_levels(encoded.names, records.name[theirs], people.name[ours]),
        "sex": _sexes(number, (people, ours), (records, theirs)),
        "ethnic": _equality(people.ethnic[ours], records.ethnic[theirs]),
        "place": _places(people, ours, records, theirs),
        "phone": _equality(people.phone[ours], records.phone[theirs], differs=code("phone", "differs")),
        "household": np.zeros(len(pairs), dtype=np.int8),
    }
    return scale.pack(levels)


def _equality(left: Codes, right: Codes, differs: int = 2) -> Levels:
    out = np.where(left == right, 1, differs).astype(np.int8)
    out[(left < 0) | (right < 0)] = 0
    return out


def _numbers(encoded: Encoded, theirs: Pairs, ours: Pairs) -> Levels:
    people, records = encoded.people, encoded.records
    left, right = records.number[theirs], people.number[ours]
    out = number_levels(encoded.numbers, left, right)
    upgraded = records.upgraded[theirs] | people.upgraded[ours]
    out[(out == EQUAL) & upgraded] = UPGRADED
    unequal = (left >= 0) & (out != EQUAL) & (out != UPGRADED)
    of_member = unequal & _held_in_household(people, left, people.household[ours])
    of_member |= (right >= 0) & (out > UPGRADED) & _held_in_household(records, right, records.household[theirs])
    out[of_member] = OF_MEMBER
    return out


def _held_in_household(side: Side, number: Codes, household: Codes) -> NDArray[np.bool_]:
    """Whether somebody of that household of that side holds the number."""
    held = (side.number >= 0) & (side.household >= 0)
    known = np.unique(side.number[held].astype(np.int64) << 32 | side.household[held])
    asked = number.astype(np.int64) << 32 | np.maximum(household, 0)
    if not len(known):
        return np.zeros(len(asked), dtype=np.bool_)
    place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    found: NDArray[np.bool_] = known[place] == asked
    return found & (number >= 0) & (household >= 0)


def _sexes(number: Levels, people: tuple[Side, Pairs], records: tuple[Side, Pairs]) -> Levels:
    """Stated sex first, else the number's; where numbers agree only two statements are evidence, and a number that
    is a relative's says nothing of the record's sex."""
    silent = np.isin(number, (EQUAL, UPGRADED, REPAIRED, OF_MEMBER))
    sides = []
    for side, rows in (people, records):
        stated, derived = side.sex_stated[rows], side.sex_number[rows]
        sides.append(np.where(stated > 0, stated, np.where(silent, 0, derived)))
    out = np.where(sides[0] == sides[1], 1, 2).astype(np.int8)
    out[(sides[0] == 0) | (sides[1] == 0)] = 0
    return out


def _places(people: Side, ours: Pairs, records: Side, theirs: Pairs) -> Levels:
    def both(column: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        left, right = getattr(people, column)[ours], getattr(records, column)[theirs]
        known = (left >= 0) & (right >= 0)
        return known, known & (left == right)

    township, same_township = both("township")
    village, same_village = both("village")
    group, same_group = both("group")
    _, same_house = both("house")
    same_village &= same_township | ~township  # 新民村 stands in many townships
    out = np.where(township | village, code("place", "differs"), 0).astype(np.int8)
    out[same_township] = code("place", "township")
    out[same_village] = code("place", "village")
    out[same_village & group] = code("place", "other-group")
    out[same_village & same_group] = code("place", "group")
    out[same_village & same_group & same_house] = code("place", "house")
    return out


def roster_levels(side: Side, pairs: Pairs) -> Levels:
    """Level of `household` between records of one side: do both stand in one household's roster?"""
    left, right = side.household[pairs >> 32], side.household[pairs & 0xFFFFFFFF]
    out = np.where(left == right, code("household", "same-roster"), code("household", "other-roster")).astype(np.int8)
    out[(left < 0) | (right < 0)] = 0
    return out


def unconditional(encoded: Encoded, pairs: Pairs) -> dict[str, Levels]:
    """Levels of fields that `compare` makes depend on the numbers, as they are when no number is known."""
    theirs, ours = pairs >> 32, pairs & 0xFFFFFFFF
    people, records = encoded.people, encoded.records
    unknown = np.zeros(len(pairs), dtype=np.int8)
    dates = [(side.birth_number[rows], side.birth_stated[rows]) for side, rows in ((people, ours), (records, theirs))]
    return {"birth": birth_levels(unknown, dates[0], dates[1])}
