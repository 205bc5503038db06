"""Which pairs are worth comparing: several keys, each a hash join of its own, together missing almost nobody.

A key is one or more int64 columns a side (two where a birth date may be stated or derived); a pair is a candidate when
any of them meet. A bucket with too many people is left out and counted: it is bounded by the people side only, so that
a record has the same candidates alone as in a batch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage.encode import Encoded, Side

Keys = NDArray[np.int64]
Pairs = NDArray[np.int64]  # record row << 32 | people row
NONE: Final = np.int64(-1)
CAP: Final = 64  # people in one bucket of an ordinary key
SMALL_CAP: Final = 8
LOOSE_CAP: Final = 16  # of a key that is weak on its own: a name without a date or place
_PRIMES: Final = (np.int64(1_000_003), np.int64(8_191), np.int64(2_147_483_647))


@dataclass(frozen=True)
class Key:
    """One blocking key: its columns on each side (−1 = not to be joined) and the largest bucket it keeps."""

    name: str
    people: tuple[Keys, ...]
    records: tuple[Keys, ...]
    cap: int = CAP


def block(encoded: Encoded, *, within: bool = False) -> tuple[Pairs, pl.DataFrame]:
    """Distinct candidate pairs, sorted, and the yield of each key (`key`, `pairs`, `new`, `retired` buckets).

    `within`: both sides are the same records; each unordered pair comes once and no row meets itself.
    """
    yields = []
    known: Pairs = np.zeros(0, dtype=np.int64)
    for key in keys(encoded):
        pairs, retired = _join(key)
        if within:
            pairs = pairs[(pairs >> 32) < (pairs & 0xFFFFFFFF)]
        before = len(known)
        known = _distinct([known, pairs])
        yields.append({"key": key.name, "pairs": len(pairs), "new": len(known) - before, "retired": retired})
    return known, pl.DataFrame(
        yields, schema={"key": pl.String, "pairs": pl.Int64, "new": pl.Int64, "retired": pl.Int64}
    )


def _distinct(parts: list[Pairs]) -> Pairs:
    return pl.Series(np.concatenate(parts)).unique().sort().to_numpy()


def merge(pairs: Pairs, more: Pairs) -> Pairs:
    """Both sets of pairs, distinct and sorted."""
    return _distinct([pairs, more])


def join(people: Keys, records: Keys, cap: int) -> tuple[Pairs, int]:
    """Pairs with equal keys; buckets of more than `cap` people are left out and counted."""
    rows = np.flatnonzero(people != NONE)
    order = rows[np.argsort(people[rows], kind="stable")]
    ordered = people[order]
    asking = np.flatnonzero(records != NONE)
    low = np.searchsorted(ordered, records[asking], side="left")
    size = np.searchsorted(ordered, records[asking], side="right") - low
    burst = size > cap
    retired = len(np.unique(records[asking[burst]]))
    asking, low, size = asking[~burst], low[~burst], size[~burst]
    start = np.cumsum(size) - size
    offset = np.arange(size.sum()) - np.repeat(start, size)
    met = order[np.repeat(low, size) + offset]
    return np.repeat(asking, size) << 32 | met, retired


def _join(key: Key) -> tuple[Pairs, int]:
    parts, retired = [], 0
    for ours in key.people:
        for theirs in key.records:
            pairs, burst = join(ours, theirs, key.cap)
            parts.append(pairs)
            retired += burst
    return _distinct(parts), retired


@dataclass(frozen=True)
class _Parts:
    """What the keys of one side are made of, one entry per row, −1 where missing."""

    sound: Keys  # of the whole name
    surname: Keys
    last: Keys  # sound of the last character
    dates: tuple[Keys, Keys]
    side: Side


def keys(encoded: Encoded) -> list[Key]:
    """All keys, the surest first."""
    ours, theirs = (_parts(encoded, side) for side in (encoded.people, encoded.records))
    numbers = [Key("number", (_wide(ours.side.number),), (_wide(theirs.side.number),))]
    for name, part in _number_parts(encoded).items():
        # in one county a whole birthday shares this part; where that is many people, surname and village find the rest
        cap = SMALL_CAP if name == "number-without-tail" else CAP
        numbers.append(Key(name, (_of(part, ours.side.number),), (_of(part, theirs.side.number),), cap))
    return numbers + [Key(name, columns(ours), columns(theirs), cap) for name, cap, columns in _KEYS]


_KEYS: Final[tuple[tuple[str, int, Callable[[_Parts], tuple[Keys, ...]]], ...]] = (
    ("name-birth", CAP, lambda p: tuple(_mix(p.sound, date) for date in p.dates)),
    ("name-village", CAP, lambda p: (_mix(p.sound, p.side.village),)),
    ("name-year", CAP, lambda p: tuple(_mix(p.sound, _year(date)) for date in p.dates)),
    ("surname-birth", CAP, lambda p: tuple(_mix(p.surname, date) for date in p.dates)),
    ("village-birth", CAP, lambda p: tuple(_mix(p.side.village, date) for date in p.dates)),
    ("township-birth", CAP, lambda p: tuple(_mix(p.side.township, date) for date in p.dates)),
    ("surname-last-village", LOOSE_CAP, lambda p: (_mix(p.surname, p.last, p.side.village),)),
    ("phone", LOOSE_CAP, lambda p: (_wide(p.side.phone),)),
    ("house", LOOSE_CAP, lambda p: (_mix(p.side.village, p.side.group, p.side.house),)),
    ("rare-name", LOOSE_CAP, lambda p: (p.sound,)),
)


def _parts(encoded: Encoded, side: Side) -> _Parts:
    names = encoded.names
    return _Parts(
        _of(names.key, side.name),
        _of(names.surname, side.name),
        _of(_last_sound(encoded), side.name),
        _dates(side),
        side,
    )


def _wide(codes: NDArray[np.int32]) -> Keys:
    return codes.astype(np.int64)


def _of(table: NDArray[np.int32] | Keys, codes: NDArray[np.int32]) -> Keys:
    """The table's entry for each code, −1 where the value is missing."""
    if not len(table):
        return np.full(len(codes), NONE)
    return np.where(codes >= 0, table[np.maximum(codes, 0)].astype(np.int64), NONE)


def _mix(*parts: NDArray[np.int32] | Keys) -> Keys:
    """One key of several parts, −1 where any is missing. A collision only adds a pair that then scores nothing."""
    missing = np.logical_or.reduce([part < 0 for part in parts])
    total = np.zeros(len(parts[0]), dtype=np.int64)
    for part, prime in zip(parts, _PRIMES, strict=False):
        total = total * prime + part.astype(np.int64) + 1
    return np.where(missing, NONE, total & np.int64(0x7FFFFFFFFFFFFFFF))


def _dates(side: Side) -> tuple[Keys, Keys]:
    """Both dates of birth as keys; the second only where it says something else than the first.

    The first of January of a stated date is a clerk's "unknown" as often as a birthday and would fill one bucket."""
    derived = np.where(side.birth_number > 0, side.birth_number, NONE).astype(np.int64)
    stated = np.where((side.birth_stated > 0) & (side.birth_stated != side.birth_number), side.birth_stated, NONE)
    return derived, stated.astype(np.int64)


def _year(date: Keys) -> Keys:
    return np.where(date > 0, date // 10000, NONE)


def _last_sound(encoded: Encoded) -> NDArray[np.int32]:
    names = encoded.names
    return names.sounds[np.arange(len(names.length)), np.maximum(names.length - 1, 0)]


def _number_parts(encoded: Encoded) -> dict[str, Keys]:
    """What is left of a number when one place, or two neighbours, went wrong in its head, its date or its tail."""
    digits = encoded.numbers.digits.astype(np.int64)

    def part(*places: int) -> Keys:
        total = np.zeros(len(digits), dtype=np.int64)
        for place in places:
            total = total * 11 + digits[:, place]
        return total

    head, year, day, tail = range(6), range(6, 10), range(10, 14), range(14, 18)
    return {
        "number-without-tail": part(*head, *year, *day),
        "number-without-head": part(*year, *day, *tail),
        "number-without-day": part(*head, *year, *tail),
        "number-without-year": part(*head, *day, *tail),
    }
