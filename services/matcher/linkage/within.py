"""Candidates among records of one side, each unordered pair once, and which pairs hang on a row that comes or goes.

Comparing is not quite symmetric: of two numbers that differ it is the record's that may be borrowed. So which of two
rows stands for the record is settled by what they say, never by where they stand.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.block import CAPS, KEYS, MOST, Pairs, Tables, asked, key_of
from matcher.linkage.cells import Hashes
from matcher.linkage.chunks import in_chunks
from matcher.linkage.compare import MOST_HOMES, Ground, ground, homes_of_number
from matcher.linkage.contents import Contents, contents
from matcher.linkage.encode import Encoded
from matcher.linkage.index import PeopleIndex
from matcher.linkage.kernel import Flag, Int, compiled, inlined, lent
from matcher.linkage.levels import Patterns
from matcher.linkage.rows import Entries, Rows
from matcher.linkage.search import Bound, Room, distinct_rows, longer, meet, pattern_of, room_for_one

Order = tuple[Contents, Hashes]
RowSet = NDArray[np.int64]
Asked = tuple[Tables, Tables, Rows]  # a side's tables and its rows
_COUNT: Final = len(KEYS)
_CAPS: Final = np.array(CAPS, dtype=np.int64)


def order_of(index: PeopleIndex) -> Order:
    """What says which of two rows is the record: what they say, and where they say the same a hash of their ids."""
    return contents(index.side), index.keys


def oriented(order: Order, left: RowSet, right: RowSet) -> Pairs:
    """The rows of each pair packed, the record first."""
    out = np.empty(len(left), dtype=np.int64)
    _orient(order, left, right, out)
    return out


@compiled
def _orient(order: Order, left: RowSet, right: RowSet, out: Pairs) -> None:
    for place in range(len(left)):
        a, b = left[place], right[place]
        out[place] = a << 32 | b if _before(order, a, b) else b << 32 | a


@inlined
def _before(order: Order, a: Int, b: Int) -> Flag:
    said, ids = order
    if said[a] != said[b]:
        return said[a] < said[b]
    return ids[a] < ids[b] if ids[a] != ids[b] else a < b


def search_within(encoded: Encoded, order: Order, limit: Bound, asking: RowSet | None = None) -> tuple[Pairs, Patterns]:
    """Pairs of the records that `limit` lets pass, ascending, and their patterns; with `asking` only those in which
    one of these rows stands."""
    everybody = asking is None
    rows = np.arange(len(encoded.records)) if asking is None else asking
    laid = ground(encoded)
    live = rows[encoded.records.rows["live"][rows]]
    found = in_chunks(live, lambda part: _within(laid, (part, everybody), order, limit, room_for_one()))
    if not found:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    pairs, first = np.unique(np.concatenate([part[0] for part in found]), return_index=True)
    return pairs, np.concatenate([part[1] for part in found])[first]


@compiled
def _within(
    laid: Ground, asking: tuple[RowSet, Flag], order: Order, limit: Bound, room: Room
) -> tuple[Pairs, Patterns]:
    rows, everybody = asking
    pairs = np.empty(4 * len(rows) + MOST, dtype=np.int64)
    patterns = np.empty_like(pairs)
    counts = np.zeros((3, _COUNT), dtype=np.int64)
    away = np.empty(MOST_HOMES, dtype=np.int64)
    laid, order, limit, room = lent(laid), lent(order), lent(limit), lent(room)
    met, homes = room.met, room.homes
    used = 0
    for record in rows:
        if used + MOST > len(pairs):
            pairs, patterns = longer(pairs), longer(patterns)
        many = distinct_rows(met, meet(laid, record, True, room, counts), counts)
        held = homes_of_number(laid, record, homes) if many else 0
        for place in range(many):
            other = met[place]
            if _before(order, record, other):
                pair, pattern = record << 32 | other, pattern_of(laid, record, other, homes[:held], limit)
            elif everybody:
                continue  # the other one asks too
            else:
                theirs = away[: homes_of_number(laid, other, away)]
                pair, pattern = other << 32 | record, pattern_of(laid, other, record, theirs, limit)
            if pattern >= 0:
                pairs[used], patterns[used] = pair, pattern
                used += 1
    return pairs[:used].copy(), patterns[:used].copy()


def dependents(before: PeopleIndex, gone: RowSet, after: PeopleIndex, new: RowSet) -> RowSet:
    """Rows of `after` whose candidates may be others than they were in `before`, because of rows that went (of
    `before`) or came (of `after`): those who hold their numbers, and everybody in a bucket that burst or has room
    again."""
    touched = np.zeros(len(after), dtype=np.bool_)
    for index, rows in ((before, gone), (after, new)):
        said = _said(index.side.rows[rows], index.side.names.entries)
        for key in range(_COUNT):
            values = np.unique(said[2 * key : 2 * key + 2])
            _touch(key, values[values >= 0], _asked_of(before), _asked_of(after), touched)
    return np.flatnonzero(touched)


def _asked_of(index: PeopleIndex) -> Asked:
    return index.main, index.more, index.side.rows


@compiled
def _said(rows: Rows, names: Entries) -> Hashes:
    """Every key of the rows, both variants."""
    values = np.empty((2 * _COUNT, len(rows)), dtype=np.int64)
    for row in range(len(rows)):
        name = names[max(rows[row].name, 0)]
        for key in range(_COUNT):
            for variant in range(2):
                values[2 * key + variant, row] = key_of(key, variant, rows[row], name)
    return values


@compiled
def _touch(key: Int, values: Hashes, before: Asked, after: Asked, touched: NDArray[np.bool_]) -> None:
    """Mark the rows of `after` in the buckets of these values, where that matters."""
    cap = _CAPS[key]
    few, all_of_them = np.empty(cap + 1, dtype=np.int64), np.empty(2 * len(touched), dtype=np.int64)
    for value in values:
        burst = _bearers(value, key, before, few) > cap
        if key == 0 or burst != (_bearers(value, key, after, few) > cap):
            for place in range(_bearers(value, key, after, all_of_them)):
                touched[all_of_them[place] >> 4] = True


@compiled
def _bearers(value: Int, key: Int, side: Asked, found: Hashes) -> Int:
    """The live rows with this value of a key, at most as many as `found` holds; how many."""
    main, more, rows = side
    first = asked(value, key, main, rows, found)
    return first + asked(value, key, more, rows, found[first:])
