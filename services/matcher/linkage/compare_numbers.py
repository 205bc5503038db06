"""Agreement of two resident numbers, and of the dates of birth behind and beside them.

A typing error leaves traces the check digit explains; an older number of the same person keeps the birth date; a
number borrowed from a relative is sound but is another person's. Source of the rules: GB 11643-1999 and the error
classes of county checkers; the check digit never sees two digits swapped ten places apart, since its weights repeat.
"""

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.encode import Codes, Numbers
from matcher.linkage.levels import Levels, code

MISSING, EQUAL, UPGRADED, REPAIRED, SAME_BIRTH, OF_MEMBER, UNSOUND, DIFFERS = range(8)
Dates = NDArray[np.int32]


def number_levels(table: Numbers, left: Codes, right: Codes) -> Levels:
    """Levels of pairs of number codes (−1 = missing); `of-member` and `upgraded` need more than the two numbers."""
    out = np.zeros(len(left), dtype=np.int8)
    both = (left >= 0) & (right >= 0)
    out[both & (left == right)] = EQUAL
    rest = np.flatnonzero(both & (left != right))
    if not len(rest):
        return out
    packed = left[rest].astype(np.int64) << 32 | right[rest]
    distinct, inverse = np.unique(packed, return_inverse=True)
    out[rest] = _unequal(table, distinct >> 32, distinct & 0xFFFFFFFF)[inverse]
    return out


def _unequal(table: Numbers, left: NDArray[np.int64], right: NDArray[np.int64]) -> Levels:
    a, b = table.digits[left], table.digits[right]
    sound = table.valid[left] & table.valid[right]
    out = np.where(sound, DIFFERS, UNSOUND).astype(np.int8)
    out[(a[:, 6:14] == b[:, 6:14]).all(axis=1)] = SAME_BIRTH
    different = a != b
    count = different.sum(axis=1)
    typo = (count == 1) & ~sound
    for gap in (1, 10):  # neighbours; and ten apart, where both numbers may be sound
        swapped = different[:, :-gap] & different[:, gap:] & (a[:, :-gap] == b[:, gap:]) & (a[:, gap:] == b[:, :-gap])
        typo |= (count == 2) & swapped.any(axis=1)
    # a spreadsheet keeps fifteen digits of a number and writes 000 for the rest; one in eleven then still checks out
    damaged = (a[:, 15:] == 0).all(axis=1) | (b[:, 15:] == 0).all(axis=1)
    typo |= damaged & (a[:, :15] == b[:, :15]).all(axis=1)
    out[typo] = REPAIRED
    return out


def date_levels(left: Dates, right: Dates) -> Levels:
    """Levels of pairs of dates YYYYMMDD (0 = missing), in the words of the field `birth`."""
    year_l, year_r = left // 10000, right // 10000
    day_l, day_r = left % 10000, right % 10000
    year = year_l == year_r
    out = np.full(len(left), code("birth", "differs"), dtype=np.int8)
    out[np.abs(year_l - year_r) == 1] = code("birth", "close-year")
    out[year] = code("birth", "same-year")
    out[year & ((day_l == 101) | (day_r == 101))] = code("birth", "default-day")
    out[(day_l == day_r) & (day_l != 101)] = code("birth", "same-day")
    out[year & (day_l // 100 == day_r // 100)] = code("birth", "same-month")
    digits = sum((left // 10**place % 10 != right // 10**place % 10).astype(np.int8) for place in range(8))
    turned = year & (day_l // 100 == day_r % 100) & (day_l % 100 == day_r // 100)
    out[(digits == 1) | turned] = code("birth", "one-digit")
    out[left == right] = code("birth", "equal")
    out[(left == 0) | (right == 0)] = 0
    return out


def birth_levels(number: Levels, people: tuple[Dates, Dates], records: tuple[Dates, Dates]) -> Levels:
    """Levels of `birth` for pairs, given the level of their numbers; each side gives (out of the number, stated).

    Where the numbers agree, so do the dates inside them; only what was stated beside the number is further evidence
    (levels stated-*, weighed among themselves). Where the numbers share just the date, that is already in their level.
    Where they differ, one of them may be a relative's: what it says of the birth counts only if the other side's
    statement confirms it.
    """
    foreign = np.isin(number, (OF_MEMBER, UNSOUND, DIFFERS))
    best = _best(people, (np.where(foreign, 0, records[0]), records[1]))
    confirmed = foreign & (records[0] == people[1]) & (records[0] > 0) & (best != code("birth", "equal"))
    best[confirmed] = code("birth", "equal-some")
    stated = _BESIDE[date_levels(np.where(people[1] > 0, people[1], people[0]), records[1])]
    # a person whose own statement fits the number says nothing of the record; one that does not may hold a borrowed one
    silent = (records[1] == 0) & (_BESIDE[date_levels(people[1], records[0])] != code("birth", "stated-differs"))
    stated = np.where(records[1] == 0, code("birth", "stated-differs"), stated)
    stated[silent] = code("birth", "stated-missing")
    agreeing = np.isin(number, (EQUAL, UPGRADED, REPAIRED))
    out = np.where(agreeing, stated, best).astype(np.int8)
    out[number == SAME_BIRTH] = 0
    return out


def _best(people: tuple[Dates, Dates], records: tuple[Dates, Dates]) -> Levels:
    """The best agreement of any date of one side with any of the other; `equal-some` where another date objects."""
    equal, some = code("birth", "equal"), code("birth", "equal-some")
    best = np.zeros(len(people[0]), dtype=np.int8)
    objecting = np.zeros(len(best), dtype=np.bool_)
    for ours in people:
        for theirs in records:
            level = date_levels(ours, theirs)
            objecting |= level > equal
            best = np.where((level > 0) & ((best == 0) | (level < best)), level, best)
    return np.where((best == equal) & objecting, some, best).astype(np.int8)


def _beside() -> Levels:
    """From the level of the stated dates to the coarser levels used where the numbers agree."""
    table = np.full(16, code("birth", "stated-differs"), dtype=np.int8)
    table[0] = code("birth", "stated-missing")
    table[code("birth", "equal")] = code("birth", "stated-equal")
    for near in ("one-digit", "same-month", "default-day"):
        table[code("birth", near)] = code("birth", "stated-near")
    return table


_BESIDE = _beside()
