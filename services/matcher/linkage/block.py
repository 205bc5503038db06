"""Which pairs are worth comparing: several keys, each a look-up of its own, together missing almost nobody.

A key joins what clerks rarely get wrong together. The people stand in one hash table per key; a record asks each of
them. A bucket with too many people is left out and counted: it is bounded by the people side only, so that a record has
the same candidates alone as in a batch.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.cells import Codes, Hashes, mixed, table_size
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
    """The people by key. Key k has sizes[k] buckets, a power of two; bucket b holds entries[k, heads[k, b]:heads[k,
    b + 1]], an entry tag << 32 | people row. Behind what is used of a key lies memory never written to, which costs
    nothing."""

    heads: Codes
    sizes: Hashes
    entries: Hashes


def tables(rows: Rows, names: Names, first: int = 0) -> Tables:
    """The tables of the rows from `first` on."""
    most = 2 * (len(rows) - first)  # every key may have two values
    out = Tables(
        np.zeros((_COUNT, table_size(most // 2) + 1), dtype=np.int32),
        np.zeros(_COUNT, dtype=np.int64),
        np.empty((_COUNT, most), dtype=np.int64),
    )
    side = rows[first:], names.entries
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda worker: _fill(side, first, worker, out), range(WORKERS)))
    return out


@compiled
def _fill(side: tuple[Rows, Entries], first: Int, worker: Int, out: Tables) -> None:
    """The tables of one worker's keys, one after the other in the same memory."""
    rows, names = lent(side)
    heads, sizes, entries = lent(out)
    values, places = np.empty(2 * len(rows), dtype=np.int64), np.empty(2 * len(rows), dtype=np.int32)
    for key in range(worker, _COUNT, WORKERS):
        count = 0
        for row in range(len(rows)):
            name = names[max(rows[row].name, 0)]
            for variant in range(2):
                value = key_of(key, variant, rows[row], name)
                if value >= 0:
                    values[count], places[count] = value, row
                    count += 1
        sizes[key] = table_size(count // 2)
        _sort_in(values[:count], places[:count], first, heads[key, : sizes[key] + 1], entries[key])


@compiled
def _sort_in(values: Hashes, places: Codes, first: Int, heads: Codes, entries: Hashes) -> None:
    """Values and their rows put into buckets; `heads` come as noughts."""
    size = len(heads) - 1
    for value in values:
        heads[(value & (size - 1)) + 1] += 1
    begin = 0
    for bucket in range(1, size + 1):  # for now where it begins: filling moves it to its end
        many = heads[bucket]
        heads[bucket] = begin
        begin += many
    for number in range(len(values)):
        bucket = (values[number] & (size - 1)) + 1
        entries[heads[bucket]] = (values[number] >> _BITS) << _BITS | (first + places[number])
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
def asked(value: Int, key: Int, table: Tables, rows: Rows, found: Hashes) -> Int:
    """The live rows with this value of a key, written to `found` as row << 4 | key, at most its length; how many."""
    heads, sizes, entries = table
    bucket = value & (sizes[key] - 1)
    count = 0
    for place in range(heads[key, bucket], heads[key, bucket + 1]):
        entry = entries[key, place]
        row = entry & 0xFFFFFFFF
        if entry >> _BITS == value >> _BITS and rows[row].live:
            if count == len(found):
                return count
            found[count] = row << 4 | key
            count += 1
    return count
