"""Pairs whose sides were brought together elsewhere, by joins on several machines: the keys that rows answer to, and
patterns where the households of those who hold a record's number are given instead of looked up.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.block import KEYS, Pairs, key_of
from matcher.linkage.cells import Codes, Hashes
from matcher.linkage.chunks import in_chunks
from matcher.linkage.compare import Ground, ground
from matcher.linkage.encode import Encoded
from matcher.linkage.kernel import compiled, lent
from matcher.linkage.levels import Patterns
from matcher.linkage.rows import Entries, Rows, Side
from matcher.linkage.search import Bound, pattern_of

_COUNT = len(KEYS)


class Holders(NamedTuple):
    """Households of the people who hold each record's number: of record i homes[begin[i]:begin[i + 1]]."""

    homes: Hashes
    begin: NDArray[np.int64]


def key_values(side: Side) -> tuple[Codes, Codes, Hashes]:
    """Row, key and value of everything by which the rows of a side can be met, a row with two dates twice."""
    return _key_values(side.rows, side.names.entries)


@compiled
def _key_values(rows: Rows, names: Entries) -> tuple[Codes, Codes, Hashes]:
    most = 2 * _COUNT * len(rows)
    places, keys = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
    values, used = np.empty(most, dtype=np.int64), 0
    for row in range(len(rows)):
        name = names[max(rows[row].name, 0)]
        for key in range(_COUNT):
            for variant in range(2):
                value = key_of(key, variant, rows[row], name)
                if value >= 0:
                    places[used], keys[used], values[used] = row, key, value
                    used += 1
    return places[:used].copy(), keys[:used].copy(), values[:used].copy()


def patterns_of(encoded: Encoded, pairs: Pairs, holders: Holders, limit: Bound) -> Patterns:
    """The pattern of each pair (record row << 32 | people row), −1 where `limit` does not let it pass. Of the records
    whole households must be there, of the people only those in the pairs."""
    laid = ground(encoded)
    parts = in_chunks(pairs, lambda part: _patterns(laid, part, holders, limit))
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


@compiled
def _patterns(laid: Ground, pairs: Pairs, holders: Holders, limit: Bound) -> Patterns:
    laid, holders, limit = lent(laid), lent(holders), lent(limit)
    out = np.empty(len(pairs), dtype=np.int64)
    for place in range(len(pairs)):
        record, person = pairs[place] >> 32, pairs[place] & 0xFFFFFFFF
        homes = holders.homes[holders.begin[record] : holders.begin[record + 1]]
        out[place] = pattern_of(laid, record, person, homes, limit)
    return out
