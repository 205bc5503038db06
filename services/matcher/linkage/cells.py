"""Cells of a text column read byte by byte: equal cells found, and the clean ones (which are most) turned to numbers.

What is not plainly clean is marked and left to `china`, so that a rule has one definition: these loops only recognise
cells on which that definition would do nothing.
"""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from china.text import plain, plain_column
from matcher.linkage.kernel import Flag, Int, compiled, lent

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int32]
Hashes = NDArray[np.int64]
Kind = TypeVar("Kind", np.bool_, np.int8, np.int64)
NONE: Final = -1
FEW: Final = 100  # rows and values below which one by one is faster than by columns
ASK: Final = -2  # not plainly clean: ask china
# Unsigned, since only there a product may overflow: compiled signed ones are taken never to.
_A: Final = np.uint64(0x9E3779B97F4A7C15)  # odd constants of the splitmix generator
_B: Final = np.uint64(0xBF58476D1CE4E5B9)
_SHORT: Final = np.uint64(29)
_LONG: Final = np.uint64(32)
_POSITIVE: Final = np.uint64(0x7FFFFFFFFFFFFFFF)
_SEED: Final = np.uint64(0xCBF29CE484222325)


@compiled
def mixed(left: Int, right: Int) -> Int:
    """One well-stirred non-negative number of two; the order matters."""
    h = (np.uint64(left) ^ (np.uint64(right) * _A)) * _B
    h ^= h >> _SHORT
    h *= _A
    h ^= h >> _LONG
    return np.int64(h & _POSITIVE)


@compiled
def _eight(data: Bytes, place: Int, end: Int) -> np.uint64:
    """Up to eight bytes as one number."""
    if place + 8 <= end:
        low = np.uint64(data[place]) | np.uint64(data[place + 1]) << np.uint64(8)
        low |= np.uint64(data[place + 2]) << np.uint64(16) | np.uint64(data[place + 3]) << np.uint64(24)
        low |= np.uint64(data[place + 4]) << np.uint64(32) | np.uint64(data[place + 5]) << np.uint64(40)
        return low | np.uint64(data[place + 6]) << np.uint64(48) | np.uint64(data[place + 7]) << np.uint64(56)
    rest = np.uint64(0)
    for at in range(place, end):
        rest = rest << np.uint64(8) | np.uint64(data[at])
    return rest


@compiled
def text_hash(data: Bytes, start: Int, end: Int) -> Int:
    """A hash of bytes, the same on every machine."""
    h = _SEED
    for place in range(start, end, 8):
        h = (h ^ _eight(data, place, end)) * _A
        h ^= h >> _SHORT
    return mixed(np.int64(h), np.int64(end - start))


@dataclass(frozen=True)
class Cells:
    """A text column as its bytes: cell i is data[offsets[i]:offsets[i + 1]], nothing where `empty`."""

    data: Bytes
    offsets: Offsets
    empty: Flags

    @classmethod
    def of(cls, column: pl.Series) -> "Cells":
        """The bytes behind a text column."""
        text = column if column.dtype == pl.String else column.cast(pl.String)
        arrow = text.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
        known, offsets, data = arrow.buffers()
        places = np.frombuffer(offsets, dtype=np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
        raw = np.zeros(1, dtype=np.uint8) if data is None or not data.size else np.frombuffer(data, dtype=np.uint8)
        return cls(raw, places, _missing(known, arrow.offset, len(arrow)))


def _missing(known: Any, offset: int, count: int) -> Flags:
    """Which cells are null, from the column's bits: asking the column itself takes longer for one row than all the
    rest, and the way by Arrow imports pandas."""
    if known is None:
        return np.zeros(count, dtype=np.bool_)
    bits = np.unpackbits(np.frombuffer(known, dtype=np.uint8), bitorder="little")
    out: Flags = bits[offset : offset + count] == 0
    return out


@dataclass(frozen=True)
class Coded:
    """Rows as codes of their distinct values, −1 where there is none, and the row where each value first stands."""

    codes: Codes
    first: Codes

    def spread(self, values: NDArray[Kind], missing: Any) -> NDArray[Kind]:
        """What is known of the distinct values, row for row."""
        if not len(values):
            return np.full(len(self.codes), missing, dtype=values.dtype)
        return np.where(self.codes >= 0, values[np.maximum(self.codes, 0)], values.dtype.type(missing))


@dataclass(frozen=True)
class Distinct(Coded):
    """A column's cells so, and its values in order of first appearance."""

    values: pl.Series


def distinct(column: pl.Series) -> Distinct:
    """Tell equal cells by one pass over their bytes."""
    told = coded(hashes(column))
    return Distinct(told.codes, told.first, column.gather(told.first))


def coded(values: Hashes) -> Coded:
    """Tell equal hashes (−1 = none)."""
    return Coded(*_coded(values))


@compiled
def table_size(entries: Int) -> Int:
    """The power of two a hash table of so many entries needs."""
    size = 16
    while size < 2 * entries:
        size *= 2
    return size


@compiled
def _coded(values: Hashes) -> tuple[Codes, Codes]:
    size = table_size(len(values))
    # hashes alone: among ten million cells two share one once in 200 000 runs
    known = np.full(size, NONE, dtype=np.int64)
    number = np.empty(size, dtype=np.int32)
    first = np.empty(len(values), dtype=np.int32)
    codes = np.full(len(values), NONE, dtype=np.int32)
    count = 0
    for row in range(len(values)):
        h = values[row]
        if h < 0:
            continue
        slot = h & (size - 1)
        while known[slot] >= 0 and known[slot] != h:
            slot = (slot + 1) & (size - 1)
        if known[slot] < 0:
            known[slot], number[slot], first[count] = h, count, row
            count += 1
        codes[row] = number[slot]
    return codes, first[:count].copy()


def hashes(column: pl.Series) -> Hashes:
    """A hash of each cell's bytes, −1 where null."""
    if not len(column):
        return np.zeros(0, dtype=np.int64)
    cells = Cells.of(column)
    return _hashes(cells.data, cells.offsets, cells.empty)


@compiled
def _hashes(data: Bytes, offsets: Offsets, empty: Flags) -> Hashes:
    data, out = lent(data), np.full(len(empty), NONE, dtype=np.int64)
    for row in range(len(empty)):
        if not empty[row]:
            out[row] = text_hash(data, offsets[row], offsets[row + 1])
    return out


def plain_values(values: pl.Series) -> pl.Series:
    """`china.text.plain_column`, of few values one by one: building its expressions takes longer than their texts."""
    if len(values) > FEW:
        return plain_column(values)
    return pl.Series(values.name, [plain(value) for value in values.to_list()], dtype=pl.String)


def plain_hashes(column: pl.Series) -> Hashes:
    """As `hashes` for cells that are plainly words of ASCII letters and digits; ASK where china must clean first."""
    if not len(column):
        return np.zeros(0, dtype=np.int64)
    cells = Cells.of(column)
    return _plain_hashes(cells.data, cells.offsets, cells.empty)


@compiled
def _plain_hashes(data: Bytes, offsets: Offsets, empty: Flags) -> Hashes:
    data, out = lent(data), np.full(len(empty), NONE, dtype=np.int64)
    for row in range(len(empty)):
        if empty[row]:
            continue
        telling = False
        plain = offsets[row + 1] - offsets[row] >= 3
        for place in range(offsets[row], offsets[row + 1]):
            letter = data[place]
            inner = offsets[row] < place < offsets[row + 1] - 1
            telling |= 49 <= letter <= 57  # words for nothing bear no digit but 0
            word = 48 <= letter <= 57 or 65 <= letter <= 90 or 97 <= letter <= 122
            plain &= word or (inner and letter in (45, 47, 95))
        out[row] = text_hash(data, offsets[row], offsets[row + 1]) if plain and telling else ASK
    return out


def plain_dates(column: pl.Series) -> Codes:
    """YYYYMMDD of cells written 19620506 or 1962-05-06; NONE where null, ASK where china must read."""
    if not len(column):
        return np.zeros(0, dtype=np.int32)
    cells = Cells.of(column)
    return _plain_dates(cells.data, cells.offsets, cells.empty)


@compiled
def days_in_month(year: Int, month: Int) -> Int:
    """Length of a month of the Gregorian calendar."""
    if month == 2:
        return 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
    return 30 if month in (4, 6, 9, 11) else 31


@compiled
def is_date(year: Int, month: Int, day: Int) -> Flag:
    """Whether there is such a day."""
    return 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)


@compiled
def _plain_dates(data: Bytes, offsets: Offsets, empty: Flags) -> Codes:
    out = np.full(len(empty), NONE, dtype=np.int32)
    for row in range(len(empty)):
        if empty[row]:
            continue
        start, length = offsets[row], offsets[row + 1] - offsets[row]
        dashed = length == 10 and data[start + 4] == 45 and data[start + 7] == 45
        number, digits = 0, 0
        for place in range(length):
            letter = data[start + place]
            if 48 <= letter <= 57:
                number, digits = number * 10 + letter - 48, digits + 1
        year, month, day = number // 10000, number // 100 % 100, number % 100
        clean = digits == 8 and (dashed or length == 8) and 1850 <= year <= 2100 and is_date(year, month, day)
        out[row] = number if clean else ASK
    return out


def plain_phones(column: pl.Series) -> Hashes:
    """Eleven-digit mobile numbers as numbers; NONE where null, ASK where china must read."""
    if not len(column):
        return np.zeros(0, dtype=np.int64)
    cells = Cells.of(column)
    return _plain_phones(cells.data, cells.offsets, cells.empty)


@compiled
def _plain_phones(data: Bytes, offsets: Offsets, empty: Flags) -> Hashes:
    out = np.full(len(empty), NONE, dtype=np.int64)
    for row in range(len(empty)):
        if empty[row]:
            continue
        start, length = offsets[row], offsets[row + 1] - offsets[row]
        number, varied, clean = 0, False, length == 11
        for place in range(length):
            letter = data[start + place]
            clean &= 48 <= letter <= 57
            number = number * 10 + letter - 48
            varied |= place > 3 and letter != data[start + place - 1]
        # invented numbers repeat one digit to the end, or count: china knows them
        clean &= varied and data[start] == 49 and data[start + 1] >= 51 and number % 10**8 != 12345678
        out[row] = number if clean and number != 13800138000 else ASK
    return out


NUMBER_PARTS: Final = np.dtype(
    [
        ("head", np.int64),  # the first sixteen digits, four bits each
        ("tail", np.int16),  # the last two, the check character X being 10; −1: no number
        ("sound", np.bool_),
        ("birth", np.int32),
        ("sex", np.int8),
        ("ask", np.bool_),
    ]
)
Parts: TypeAlias = Any  # a structured array: its items have the names of its columns


def plain_numbers(column: pl.Series) -> Parts:
    """NUMBER_PARTS of each cell; `ask` where it is not eighteen characters of the shape of a resident number."""
    out = np.zeros(len(column), dtype=NUMBER_PARTS)
    out["tail"] = NONE
    if len(column):
        cells = Cells.of(column)
        _plain_numbers(cells.data, cells.offsets, cells.empty, out)
    return out


@compiled
def _check_sum(data: Bytes, start: Int) -> Int:
    total, weight = 0, 1
    for back in range(16, -1, -1):  # the weights are the powers of two modulo eleven, from the right
        weight = weight * 2 % 11
        total += weight * (data[start + back] - 48)
    return (12 - total % 11) % 11


@compiled
def _plain_numbers(data: Bytes, offsets: Offsets, empty: Flags, out: Parts) -> None:
    data, out = lent(data), lent(out)
    for row in range(len(empty)):
        if empty[row]:
            continue
        start = offsets[row]
        shaped, varied = offsets[row + 1] - start == 18, False
        if shaped:
            for place in range(17):
                letter = data[start + place]
                shaped &= 48 <= letter <= 57
                varied |= letter != data[start]
            last = data[start + 17]
            shaped &= 48 <= last <= 57 or last == 88
        if shaped and varied:
            _take_number(data, start, out, row)
        else:
            out[row].ask = True


@compiled
def _take_number(data: Bytes, start: Int, out: Parts, row: Int) -> None:
    head = np.int64(0)
    for place in range(16):
        head = head << 4 | np.int64(data[start + place] - 48)
    last = 10 if data[start + 17] == 88 else np.int64(data[start + 17]) - 48
    birth = 0
    for place in range(6, 14):
        birth = birth * 10 + data[start + place] - 48
    year, month, day = birth // 10000, birth // 100 % 100, birth % 100
    real = 1800 <= year < 2200 and is_date(year, month, day)
    out[row].head = head
    out[row].tail = np.int64(data[start + 16] - 48) << 4 | last
    out[row].birth = birth if real else 0
    out[row].sex = 1 if data[start + 16] % 2 == 1 else 2
    out[row].sound = real and _check_sum(data, start) == last
