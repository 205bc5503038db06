"""Agreement of two resident numbers, and of the dates of birth behind and beside them.

A typing error leaves traces the check digit explains; an older number of the same person keeps the birth date; a
number borrowed from a relative is sound but is another person's. Source of the rules: GB 11643-1999 and the error
classes of county checkers; the check digit never sees two digits swapped ten places apart, since its weights repeat.
"""

from typing import Final

import numpy as np

from matcher.linkage.kernel import Flag, Int, One, compiled
from matcher.linkage.levels import code

MISSING, EQUAL, UPGRADED, REPAIRED, SAME_BIRTH, OF_MEMBER, UNSOUND, DIFFERS = range(8)
STATED_MISSING, STATED_EQUAL = code("birth", "stated-missing"), code("birth", "stated-equal")
STATED_NEAR, STATED_DIFFERS = code("birth", "stated-near"), code("birth", "stated-differs")
SAME, SAME_SOME, ONE_DIGIT = code("birth", "equal"), code("birth", "equal-some"), code("birth", "one-digit")
SAME_MONTH, SAME_DAY, DEFAULT_DAY = code("birth", "same-month"), code("birth", "same-day"), code("birth", "default-day")
NEW_YEAR: Final = 0x0101  # what a clerk writes who knows no more than the year
SAME_YEAR, CLOSE_YEAR, OTHER = code("birth", "same-year"), code("birth", "close-year"), code("birth", "differs")


@compiled
def number_level(left: One, right: One) -> Int:
    """Level of two rows' numbers; `of-member` needs more than the two."""
    if left.tail < 0 or right.tail < 0:
        return MISSING
    if left.head == right.head and left.tail == right.tail:
        return UPGRADED if left.upgraded or right.upgraded else EQUAL
    if _mistyped(left, right):
        return REPAIRED
    if (left.head ^ right.head) >> 8 & 0xFFFFFFFF == 0:
        return SAME_BIRTH
    return DIFFERS if left.sound and right.sound else UNSOUND


@compiled
def digit(row: One, place: Int) -> Int:
    """One of the eighteen characters of a number, X as ten."""
    if place < 16:
        return row.head >> (60 - 4 * place) & 15
    return np.int64(row.tail) >> (68 - 4 * place) & 15


@compiled
def _mistyped(left: One, right: One) -> Flag:
    """One digit wrong, two swapped (neighbours, or ten apart: then both may be sound), or a spreadsheet's zeros."""
    first, second, count = -1, -1, 0
    for place in range(18):
        if digit(left, place) != digit(right, place):
            count += 1
            if count == 1:
                first = place
            elif count == 2:
                second = place
            if count > 2 and place < 15:
                return False
    if count == 1 and not (left.sound and right.sound):
        return True
    if count == 2 and second - first in (1, 10):
        crossed = digit(left, first) == digit(right, second) and digit(left, second) == digit(right, first)
        if crossed:
            return True
    # a spreadsheet keeps fifteen digits of a number and writes 000 for the rest; one in eleven then still checks out
    return first >= 15 and (_floated(left) or _floated(right))


@compiled
def _floated(row: One) -> Flag:
    return row.head & 15 == 0 and row.tail == 0


@compiled
def date_level(left: Int, right: Int) -> Int:
    """Level of two dates as `encode.dated` writes them (0 = missing), in the words of the field `birth`."""
    if left == 0 or right == 0:
        return 0
    if left == right:
        return SAME
    apart = left ^ right
    year = apart >> 16 == 0
    day_l, day_r = left & 0xFFFF, right & 0xFFFF
    if _one_place(apart) or (year and day_l == (day_r >> 8 | (day_r & 0xFF) << 8)):
        return ONE_DIGIT
    if year and apart >> 8 == 0:
        return SAME_MONTH
    if day_l == day_r and day_l != NEW_YEAR:
        return SAME_DAY
    if year:
        return DEFAULT_DAY if NEW_YEAR in (day_l, day_r) else SAME_YEAR
    return CLOSE_YEAR if abs(_year(left) - _year(right)) == 1 else OTHER


@compiled
def _one_place(apart: Int) -> Flag:
    """Whether two values of four bits a digit differ in one digit."""
    lowest = 15
    while apart & lowest == 0:
        lowest <<= 4
    return apart & ~lowest == 0


@compiled
def _year(date: Int) -> Int:
    return (date >> 28) * 1000 + (date >> 24 & 15) * 100 + (date >> 20 & 15) * 10 + (date >> 16 & 15)


@compiled
def birth_level(number: Int, person: One, record: One) -> Int:
    """Level of `birth` for a pair, given the level of their numbers.

    Where the numbers agree, so do the dates inside them; only what was stated beside the number is further evidence
    (levels stated-*, weighed among themselves). Where the numbers share just the date, that is already in their level.
    Where they differ, one of them may be a relative's: what it says of the birth counts only if the other side's
    statement confirms it.
    """
    if number == SAME_BIRTH:
        return 0
    if number in (EQUAL, UPGRADED, REPAIRED):
        return _beside(person, record)
    foreign = number in (OF_MEMBER, UNSOUND, DIFFERS)
    level = _best(person, 0 if foreign else record.birth_number, record.birth_stated)
    confirmed = foreign and record.birth_number == person.birth_stated and record.birth_number > 0
    return SAME_SOME if confirmed and level != SAME else level


@compiled
def free_birth_level(person: One, record: One) -> Int:
    """Level of `birth` as it is when no number is known to agree or differ."""
    return _best(person, record.birth_number, record.birth_stated)


@compiled
def _beside(person: One, record: One) -> Int:
    """The coarser levels of dates stated beside numbers that agree."""
    if record.birth_stated == 0:
        # a person whose own statement fits the number says nothing of the record; else it may hold a borrowed one
        fits = _coarse(date_level(person.birth_stated, record.birth_number)) != STATED_DIFFERS
        return STATED_MISSING if fits else STATED_DIFFERS
    known = person.birth_stated if person.birth_stated > 0 else person.birth_number
    return _coarse(date_level(known, record.birth_stated))


@compiled
def _coarse(level: Int) -> Int:
    if level == 0:
        return STATED_MISSING
    if level == SAME:
        return STATED_EQUAL
    return STATED_NEAR if level in (ONE_DIGIT, SAME_MONTH, DEFAULT_DAY) else STATED_DIFFERS


@compiled
def _best(person: One, record_number: Int, record_stated: Int) -> Int:
    """The best agreement of any date of one side with any of the other; `equal-some` where another date objects."""
    best, objecting = 0, False
    for pair in range(4):
        ours = person.birth_number if pair < 2 else person.birth_stated
        theirs = record_number if pair % 2 == 0 else record_stated
        level = date_level(ours, theirs)
        objecting |= level > SAME
        if level > 0 and (best == 0 or level < best):
            best = level
    return SAME_SOME if best == SAME and objecting else best
