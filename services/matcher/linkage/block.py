"""Which pairs are worth comparing: several keys, each a look-up of its own, together missing almost nobody.

A key joins what clerks rarely get wrong together. The people stand in one hash table per key; a record asks each of
them. A bucket with too many people is left out and counted: it is bounded by the people side only, so that a record has
the same candidates alone as in a batch.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.cells import Codes, Hashes, mixed
from matcher.linkage.kernel import Int, One, compiled, inlined
from matcher.linkage.rows import Entries, Names, Rows

Pairs = NDArray[np.int64]  # record row << 32 | people row
CAP: Final = 64  # people in one bucket of an ordinary key
SMALL_CAP: Final = 8  # in one county a whole birthday shares this part; surname and village find the rest
LOOSE_CAP: Final = 16  # of a key that is weak on its own: a name without a date or place
KEYS: Final = (  # the surest first; bit i of a pair's mask is the i-th
    ("number", CAP),
    ("number-without-tail", SMALL_CAP),
    ("number-without-head", CAP),
    ("number-without-day", CAP),
    ("number-without-year", CAP),
    ("name-birth", CAP),
    ("name-village", CAP),
    ("name-year", CAP),
    ("surname-birth", CAP),
    ("village-birth", CAP),
    ("township-birth", CAP),
    ("surname-last-village", LOOSE_CAP),
    ("phone", LOOSE_CAP),
    ("house", LOOSE_CAP),
    ("rare-name", LOOSE_CAP),
)
KEY_NAMES: Final = tuple(name for name, _ in KEYS)
CAPS: Final = tuple(cap for _, cap in KEYS)
MOST: Final = 2 * (sum(CAPS) + len(CAPS))  # candidates a record can have: every key may be asked for two dates
WORKERS: Final = 2
_BITS: Final = 32
_COUNT: Final = len(KEYS)


class Tables(NamedTuple):
    """The people by key: bucket b of key k is entries[heads[k, b]:heads[k, b + 1]], an entry tag << 32 | people row."""

    heads: NDArray[np.int32]
    entries: Hashes


def tables(rows: Rows, names: Names, first: int = 0) -> Tables:
    """The tables of the rows from `first` on."""
    count = len(rows) - first
    size = max(16, 1 << max(count - 1, 1).bit_length())
    heads = np.zeros((len(KEYS), size + 1), dtype=np.int32)
    values = np.empty((2 * len(KEYS), count), dtype=np.int64)
    cuts = [first + count * part // WORKERS for part in range(WORKERS + 1)]
    with ThreadPoolExecutor(WORKERS) as pool:
        spans = pairwise(cuts)
        list(pool.map(lambda span: _values((rows, names.entries, first), span[0], span[1], values), spans))
        totals = list(pool.map(lambda key: _count(values[2 * key : 2 * key + 2], heads[key]), range(len(KEYS))))
        base = np.cumsum([0, *totals])
        entries = np.empty(int(base[-1]), dtype=np.int64)
        filled = pool.map(
            lambda key: _fill(values[2 * key : 2 * key + 2], heads[key], base[key], first, entries), range(len(KEYS))
        )
        list(filled)
    return Tables(heads, entries)


@compiled
def _values(side: tuple[Rows, Entries, Int], begin: Int, end: Int, values: Hashes) -> None:
    """Every key of the rows from `begin` to `end`, both variants."""
    rows, names, first = side
    for row in range(begin, end):
        name = names[max(rows[row].name, 0)]
        for key in range(_COUNT):
            for variant in range(2):
                values[2 * key + variant, row - first] = key_of(key, variant, rows[row], name)


@compiled
def _count(values: Hashes, heads: Codes) -> Int:
    """Ends of the buckets in `heads` (shifted by one place); the number of entries."""
    size = len(heads) - 1
    for variant in range(2):
        for value in values[variant]:
            if value >= 0:
                heads[(value & (size - 1)) + 1] += 1
    for bucket in range(size):
        heads[bucket + 1] += heads[bucket]
    return heads[size]


@compiled
def _fill(values: Hashes, heads: Codes, base: Int, first: Int, entries: Hashes) -> None:
    size = len(heads) - 1
    free = heads[:size].copy()
    for variant in range(2):
        for row in range(values.shape[1]):
            value = values[variant, row]
            if value >= 0:
                bucket = value & (size - 1)
                entries[base + free[bucket]] = (value >> _BITS) << _BITS | (first + row)
                free[bucket] += 1
    for bucket in range(size + 1):
        heads[bucket] += base


@compiled
def key_of(key: Int, variant: Int, row: One, name: One) -> Int:
    """The value of a key for one row and the entry of its name, −1 where the row has not what it takes. Keys with a
    date of birth have a second variant where the agency stated another date than the number."""
    if key <= 4:
        return _number_part(key, row) if variant == 0 else -1
    if key in (6, 11, 12, 13, 14):
        return _without_date(key, row, name) if variant == 0 else -1
    date = row.birth_number if variant == 0 else row.birth_stated
    if date <= 0 or (variant == 1 and date == row.birth_number):
        return -1
    if key in (9, 10):
        place = row.village if key == 9 else row.township
        return mixed(mixed(place, date), key) if place >= 0 else -1
    if row.name < 0:
        return -1
    if key == 8:
        return mixed(mixed(np.int64(name.first), date), key)
    return mixed(mixed(name.sounds, date if key == 5 else date >> 16), key)


@compiled
def _number_part(key: Int, row: One) -> Int:
    """What is left of a number when one place, or two neighbours, went wrong in its tail, head, day or year."""
    if row.tail < 0:
        return -1
    tail = np.int64(row.tail)
    if key == 0:
        return mixed(row.head, tail)
    if key == 1:
        return mixed(row.head >> 8, key)
    if key == 2:
        return mixed(mixed(row.head & 0xFFFFFFFFFF, tail), key)
    if key == 3:
        return mixed(mixed(row.head >> 24, (row.head & 0xFF) << 8 | tail), key)
    return mixed(mixed(row.head >> 40, (row.head & 0xFFFFFF) << 8 | tail), key)


@compiled
def _without_date(key: Int, row: One, name: One) -> Int:
    if key == 12:
        return mixed(row.phone, key) if row.phone >= 0 else -1
    if key == 13:
        if row.village < 0 or row.group < 0 or row.house < 0:
            return -1
        return mixed(mixed(mixed(row.village, row.group), row.house), key)
    if row.name < 0:
        return -1
    if key == 14:
        return mixed(name.sounds, key)
    if row.village < 0:
        return -1
    if key == 6:
        return mixed(mixed(name.sounds, row.village), key)
    return mixed(mixed(mixed(np.int64(name.first), np.int64(name.last)), row.village), key)


@inlined
def asked(value: Int, key: Int, table: Tables, rows: Rows, found: Hashes) -> Int:
    """The live rows with this value of a key, written to `found` as row << 4 | key, at most its length; how many."""
    heads, entries = table
    bucket = value & (heads.shape[1] - 2)
    count = 0
    for place in range(heads[key, bucket], heads[key, bucket + 1]):
        entry = entries[place]
        row = entry & 0xFFFFFFFF
        if entry >> _BITS == value >> _BITS and rows[row].live:
            if count == len(found):
                return count
            found[count] = row << 4 | key
            count += 1
    return count
