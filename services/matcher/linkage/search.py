"""Candidates of each record: found by the keys, compared, and kept where they could still be somebody.

One record after the other, so that memory never holds more than one record's candidates; several threads share the
records. A single query and a batch of a million go through the very same loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage.block import CAPS, KEY_NAMES, KEYS, MOST, Pairs, Tables, asked, key_of
from matcher.linkage.cells import Hashes
from matcher.linkage.chunks import in_chunks
from matcher.linkage.compare import MOST_HOMES, Ground, cheap_levels, ground, homes_of_number, number_of, packed
from matcher.linkage.compare_names import name_level
from matcher.linkage.encode import Encoded
from matcher.linkage.kernel import Flag, Int, One, compiled, fetch, inlined, lent
from matcher.linkage.levels import BY_NAME, FIELDS, Patterns, code
from matcher.linkage.model import Model
from matcher.linkage.rows import Names, Rows

Masks = NDArray[np.int32]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
_COUNT: Final = len(KEYS)
_CAPS: Final = np.array(CAPS, dtype=np.int64)
_NAME: Final = BY_NAME["name"]
_SIZES: Final = tuple(len(field.levels) for field in FIELDS)
_WIDEST: Final = max(_SIZES)
LINKING: Final = ("missing", "supported", "contradicted", "taken")  # levels of a record and a person
WITHIN: Final = ("missing", "same-roster", "other-roster")  # levels of two records
_SLACK: Final = 1e-6  # rounding between the bound and the weights it stands for


class Room(NamedTuple):
    """What a thread writes to while it looks for one record's candidates."""

    met: Hashes
    values: Hashes  # of every key, both variants
    homes: Hashes


class Bound(NamedTuple):
    """What lets a pair be dropped unseen: weights of the same person against relatives and strangers."""

    weights: Floats  # (2, fields, levels)
    prior: Floats  # (2,) with the most that household evidence can add later
    best: Floats  # (2,) the most the name can add
    least: float  # log-odds below which a candidate is of no interest


@dataclass(frozen=True)
class Found:
    """Candidates: packed pairs, ascending, and their patterns."""

    pairs: Pairs
    patterns: Patterns
    yields: pl.DataFrame  # key, pairs, new (found by no surer key), retired (times its bucket was too full)


def bound(model: Model, people: int, probability: float, home: tuple[str, ...]) -> Bound:
    """The bound for candidates that can still reach `probability` once the household has spoken, with one of the levels
    `home`."""
    logs = {kind: model.log(kind) for kind in ("same", "household", "stranger")}
    weights = np.zeros((2, len(FIELDS), _WIDEST))
    for place, field in enumerate(FIELDS):
        for side, kind in enumerate(("household", "stranger")):
            weights[side, place, : _SIZES[place]] = logs["same"][field.name] - logs[kind][field.name]
    count = max(people, 2)
    prior = np.array([np.log(model.present / model.mates), np.log(model.present / count)])
    prior += weights[:, BY_NAME["household"], [code("household", level) for level in home]].max(axis=1)
    least = float(model.said(np.log(np.array([probability / (1 - probability)])))[0])
    return Bound(weights, prior, weights[:, _NAME].max(axis=1), least - _SLACK)


NO_BOUND: Final = Bound(np.zeros((2, len(FIELDS), _WIDEST)), np.zeros(2), np.zeros(2), -1.0)


def search(encoded: Encoded, limit: Bound, rows: NDArray[np.int64] | None = None) -> Found:
    """Candidates of the records (of those in `rows`, ascending, if given) that `limit` lets pass."""
    asking = np.arange(len(encoded.records)) if rows is None else rows
    laid = ground(encoded)
    found = in_chunks(asking, lambda part: _search(laid, part, limit, room_for_one()))
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return Found(none, none, _yields(np.zeros((3, _COUNT), dtype=np.int64)))
    pairs, patterns = (np.concatenate([part[column] for part in found]) for column in range(2))
    return Found(pairs, patterns, _yields(np.sum([part[2] for part in found], axis=0)))


def room_for_one() -> Room:
    """Room for one thread."""
    return Room(*(np.empty(size, dtype=np.int64) for size in (MOST, 2 * _COUNT, MOST_HOMES)))


def _yields(counts: Counts) -> pl.DataFrame:
    columns = {name: counts[place] for place, name in enumerate(("pairs", "new", "retired"))}
    return pl.DataFrame({"key": KEY_NAMES, **columns})


@compiled
def _search(laid: Ground, asking: Pairs, limit: Bound, room: Room) -> tuple[Pairs, Patterns, Counts]:
    pairs = np.empty(4 * len(asking) + MOST, dtype=np.int64)
    patterns = np.empty_like(pairs)
    counts = np.zeros((3, _COUNT), dtype=np.int64)
    laid, limit, room = lent(laid), lent(limit), lent(room)
    met, homes, used = room.met, room.homes, 0
    for record in asking:
        if used + MOST > len(pairs):
            pairs, patterns = longer(pairs), longer(patterns)
        many = distinct_rows(met, meet(laid, record, False, room, counts), counts)
        held = homes_of_number(laid, record, homes) if many else 0
        _fetch_names(laid, met[:many])
        for place in range(many):
            person = met[place]
            pattern = pattern_of(laid, record, person, homes[:held], limit)
            if pattern >= 0:
                pairs[used], patterns[used] = record << 32 | person, pattern
                used += 1
    return pairs[:used].copy(), patterns[:used].copy(), counts


@inlined
def _fetch_names(laid: Ground, people: Hashes) -> None:
    """What comparing will read of these people, called from memory at once."""
    for person in people:
        fetch(laid.ours.entries, max(laid.people[person].name, 0))
    for person in people:
        fetch(laid.ours.letters, laid.ours.entries[max(laid.people[person].name, 0)].start)


@compiled
def longer(values: Hashes) -> Hashes:
    return np.concatenate((values, np.empty_like(values)))


@inlined
def meet(laid: Ground, record: Int, within: Flag, room: Room, counts: Counts) -> Int:
    """Everybody any key brings together with a record, in `room.met` as people row << 4 | key, some more than once; how
    many. `within`: both sides are the same rows, and no row meets itself."""
    row = laid.records[record]
    name = laid.theirs.entries[max(row.name, 0)]
    room.values[0] = key_of(0, 0, row, name)
    room.values[1] = -1
    used = _met_by(laid, 0, (record, within), room, counts)
    if used > 0 and not within and _plain(laid, record, room.met[:used]):
        return used
    _fetch_buckets(laid.main, row, name, room.values)
    for key in range(1, _COUNT):
        used += _met_by(laid, key, (record, within), Room(room.met[used:], room.values, room.homes), counts)
    return used


@inlined
def _fetch_buckets(table: Tables, row: One, name: One, values: Hashes) -> None:
    """The record's values of every key but the first, and what they ask for called from memory at once: one after the
    other each would be waited for."""
    for key in range(1, _COUNT):
        for variant in range(2):
            value = key_of(key, variant, row, name)
            values[2 * key + variant] = value
            if value >= 0:
                fetch(table.heads[key], value & (table.sizes[key] - 1))
    for place in range(2, 2 * _COUNT):
        if values[place] >= 0:
            key = place // 2
            fetch(table.entries[key], table.heads[key, values[place] & (table.sizes[key] - 1)])


@inlined
def _met_by(laid: Ground, key: Int, asking: tuple[Int, Flag], room: Room, counts: Counts) -> Int:
    """Those one key brings together with a record, in `room.met`; how many."""
    record, within = asking
    met, cap, used = room.met, _CAPS[key], 0
    for value in room.values[2 * key : 2 * key + 2]:
        if value < 0:
            continue
        # one more than may be: then the bucket has burst
        first = asked(value, key, laid.main, laid.people, met[used : used + cap + 1])
        both = first + asked(value, key, laid.more, laid.people, met[used + first : used + cap + 1])
        if both > cap:
            counts[2, key] += 1
            continue
        kept = used
        for place in range(used, used + both):
            if not within or met[place] >> 4 != record:
                met[kept] = met[place]
                kept += 1
        counts[0, key] += kept - used
        used = kept
    return used


@inlined
def _plain(laid: Ground, record: Int, met: Hashes) -> Flag:
    """Whether somebody bears the record's number and its name: then nobody else needs to be looked for."""
    name = laid.records[record].name
    for place in range(len(met)):
        bearer = laid.people[met[place] >> 4].name
        if name >= 0 and bearer >= 0 and laid.ours.entries[bearer].full == laid.theirs.entries[name].full:
            return True
    return False


@inlined
def distinct_rows(met: Hashes, many: Int, counts: Counts) -> Int:
    """Each people row once, ascending; how many."""
    if many > 48:
        met[:many].sort()
    else:
        for place in range(1, many):
            value, before = met[place], place - 1
            while before >= 0 and met[before] > value:
                met[before + 1] = met[before]
                before -= 1
            met[before + 1] = value
    used = 0
    for place in range(many):
        row, key = met[place] >> 4, met[place] & 15
        if used == 0 or met[used - 1] != row:
            met[used] = row
            counts[1, key] += 1
            used += 1
    return used


@inlined
def pattern_of(laid: Ground, record: Int, person: Int, homes: Hashes, limit: Bound) -> Int:
    """The pattern of a pair, −1 where it cannot reach the limit whatever its name and household say."""
    ours, theirs = laid.people[person], laid.records[record]
    number = number_of(laid, record, person, homes)
    cheap = cheap_levels(number, ours, theirs)
    against = _sum(limit, 0, number, cheap), _sum(limit, 1, number, cheap)
    if min(against[0] + limit.best[0], against[1] + limit.best[1]) < limit.least:
        return -1
    name = name_level(ours.name, laid.ours, theirs.name, laid.theirs, laid.lore)
    if min(against[0] + limit.weights[0, _NAME, name], against[1] + limit.weights[1, _NAME, name]) < limit.least:
        return -1
    return packed(number, name, cheap)


@inlined
def _sum(limit: Bound, side: Int, number: Int, cheap: tuple[Int, Int, Int, Int, Int]) -> Any:
    """Prior and weights of everything but the name, and the most that household evidence can add."""
    weights = limit.weights[side]
    total = limit.prior[side] + weights[0, number] + weights[1, cheap[0]] + weights[3, cheap[1]]
    return total + weights[4, cheap[2]] + weights[5, cheap[3]] + weights[6, cheap[4]]


def key_masks(encoded: Encoded, pairs: Pairs) -> Masks:
    """By which keys each pair (record row << 32 | people row) meets, bit i for the i-th, also where its
    bucket was too full."""
    laid = ground(encoded)
    return np.concatenate([np.zeros(0, dtype=np.int32), *in_chunks(pairs, lambda part: _key_masks(laid, part))])


@compiled
def _key_masks(laid: Ground, pairs: Pairs) -> Masks:
    laid, out = lent(laid), np.zeros(len(pairs), dtype=np.int32)
    for place in range(len(pairs)):
        record, person = laid.records[pairs[place] >> 32], laid.people[pairs[place] & 0xFFFFFFFF]
        theirs, ours = laid.theirs.entries[max(record.name, 0)], laid.ours.entries[max(person.name, 0)]
        for key in range(_COUNT):
            if shared(key, record, theirs, person, ours):
                out[place] |= 1 << key
    return out


@compiled
def shared(key: Int, record: One, theirs: One, person: One, ours: One) -> Flag:
    """Whether a key has the same value on both sides, in any of its variants."""
    for asks in range(2):
        value = key_of(key, asks, record, theirs)
        for answers in range(2):
            if value >= 0 and value == key_of(key, answers, person, ours):
                return True
    return False


@dataclass(frozen=True)
class Meeting:
    """One key and a pair: `met`, `crowded` (equal, but too many people share it), `apart`, or which side is
    `record-silent` or `person-silent`. `bucket`: how many people have the record's value."""

    key: str
    state: str
    bucket: int
    cap: int


def meetings(encoded: Encoded, record: int, people: Sequence[int]) -> tuple[Meeting, ...]:
    """How a record (row) and the rows of one person stand on every key."""
    laid = ground(encoded)
    return tuple(_meeting(laid, key, record, people) for key in range(_COUNT))


def _meeting(laid: Ground, key: int, record: int, people: Sequence[int]) -> Meeting:
    name, cap = KEYS[key]
    theirs = _values(key, laid.records, laid.theirs, [record])
    ours = _values(key, laid.people, laid.ours, people)
    shared = sorted(theirs & ours)
    room = np.empty(len(laid.people), dtype=np.int64)
    told = shared or sorted(theirs)
    sizes = [sum(asked(value, key, table, laid.people, room) for table in (laid.main, laid.more)) for value in told]
    if not theirs:
        state = "record-silent"
    elif not ours:
        state = "person-silent"
    elif not shared:
        state = "apart"
    else:
        state = "met" if min(sizes) <= cap else "crowded"
    return Meeting(name, state, min(sizes, default=0), cap)


def _values(key: int, rows: Rows, names: Names, among: Sequence[int]) -> set[int]:
    """The values of a key in these rows, all variants."""
    found = {
        key_of(key, variant, rows[row], names.entries[max(rows[row]["name"], 0)]) for row in among for variant in (0, 1)
    }
    return found - {-1}
