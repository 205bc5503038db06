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
from matcher.linkage.kernel import Int, One, compiled, inlined, lent
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
    """The people by key. The heads of key k stand in heads[begin[k]:begin[k + 1]], as many as its buckets and one more;
    bucket b of them is entries[h[b]:h[b + 1]], an entry tag << 32 | people row."""

    heads: Codes
    begin: Hashes
    entries: Hashes


def tables(rows: Rows, names: Names, first: int = 0) -> Tables:
    """The tables of the rows from `first` on."""
    count = len(rows) - first
    # Memory that is never written to costs nothing: every key has room for all.
    values, places = np.empty((_COUNT, 2 * count), dtype=np.int64), np.empty((_COUNT, 2 * count), dtype=np.int32)
    spans = list(pairwise(count * part // WORKERS for part in range(WORKERS + 1)))
    side = rows[first:], names.entries
    with ThreadPoolExecutor(WORKERS) as pool:
        used = list(pool.map(lambda span: _values(side, span, values, places), spans))
        sizes = [max(16, 1 << max(int(total) - 1, 1).bit_length()) for total in np.sum(used, axis=0)]
        begin = np.cumsum([0, *(size + 1 for size in sizes)])
        base = np.cumsum([0, *np.sum(used, axis=0)])
        heads, entries = np.zeros(begin[-1], dtype=np.int32), np.empty(base[-1], dtype=np.int64)

        def fill(key: int) -> None:
            ours = heads[begin[key] : begin[key + 1]]
            parts = [slice(2 * span[0], 2 * span[0] + many[key]) for span, many in zip(spans, used, strict=True)]
            for part in parts:
                _count(values[key, part], ours)
            _open(ours, base[key])
            for part in parts:
                _fill(values[key, part], places[key, part], first, ours, entries)
            ours[0] = base[key]

        list(pool.map(fill, range(_COUNT)))
    return Tables(heads, begin, entries)


@compiled
def _values(side: tuple[Rows, Entries], span: tuple[Int, Int], values: Hashes, places: Codes) -> Hashes:
    """The values of every key of the rows of a span, and the rows that have them, in what the span has of `values` and
    `places`; how many of each key."""
    rows, names = lent(side)
    used = np.zeros(_COUNT, dtype=np.int64)
    for row in range(span[0], span[1]):
        name = names[max(rows[row].name, 0)]
        for key in range(_COUNT):
            for variant in range(2):
                value = key_of(key, variant, rows[row], name)
                if value >= 0:
                    at = 2 * span[0] + used[key]
                    values[key, at], places[key, at] = value, row
                    used[key] += 1
    return used


@compiled
def _count(values: Hashes, heads: Codes) -> None:
    """Add how many entries every bucket has, one place behind its own."""
    size = len(heads) - 1
    for value in values:
        heads[(value & (size - 1)) + 1] += 1


@compiled
def _open(heads: Codes, base: Int) -> None:
    """Counts to beginnings: bucket b begins at heads[b + 1], which `_fill` moves to its end."""
    place = base
    for bucket in range(1, len(heads)):
        many = heads[bucket]
        heads[bucket] = place
        place += many


@compiled
def _fill(values: Hashes, places: Codes, first: Int, heads: Codes, entries: Hashes) -> None:
    size = len(heads) - 1
    for number in range(len(values)):
        value = values[number]
        bucket = (value & (size - 1)) + 1
        entries[heads[bucket]] = (value >> _BITS) << _BITS | (first + places[number])
        heads[bucket] += 1


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
def bucket_of(value: Int, key: Int, table: Tables) -> Int:
    """Where the head of a value's bucket stands in `table.heads`."""
    begin = table.begin[key]
    return begin + (value & (table.begin[key + 1] - begin - 2))


@inlined
def asked(value: Int, key: Int, table: Tables, rows: Rows, found: Hashes) -> Int:
    """The live rows with this value of a key, written to `found` as row << 4 | key, at most its length; how many."""
    bucket = bucket_of(value, key, table)
    count = 0
    for place in range(table.heads[bucket], table.heads[bucket + 1]):
        entry = table.entries[place]
        row = entry & 0xFFFFFFFF
        if entry >> _BITS == value >> _BITS and rows[row].live:
            if count == len(found):
                return count
            found[count] = row << 4 | key
            count += 1
    return count
