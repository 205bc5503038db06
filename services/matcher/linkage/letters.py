"""Names laid out letter by letter: character, usual reading, other reading of a polyphone, reading as it is heard.

A plain name of two to four Han characters is read in one pass over its bytes with tables by code point; everything a
clerk may have added, and every name of a foreign spelling, goes through `china.names`. Both ways end in one layout.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from china.characters import first_readings, variants
from china.name_sounds import given_readings, surname_syllables
from china.names import compound_surnames, foreign_spellings, name_keys
from china.text import missing_words
from matcher.linkage.cells import Bytes, Cells, Codes, Flags, Hashes, Offsets, mixed
from matcher.linkage.kernel import Flag, Int, compiled, lent
from matcher.linkage.sounds import heard_as, second_readings, sounds_of, syllable_codes

WIDTH: Final = 16  # characters of a name that are compared; a longer name is equal or not by its hash
UNREAD: Final = 100_000  # added to a code point: a character without a reading sounds like itself only
LETTER: Final = np.dtype([("char", np.int32), ("main", np.int32), ("other", np.int32), ("near", np.int32)])
Letters: TypeAlias = Any  # a structured array: its items have the names of its columns
Points = NDArray[np.uint32]
_HAN: Final = (0x4E00, 0xA000)  # the block in which all but the rarest names are written
_PAGE: Final = 0x10000
_TELLING_ENDS: Final = np.array([ord(char) for char in "主故世亡人生士志疾户领属儿"])
_TELLING: Final = np.array([ord(char) for char in "之的名叫"])
_HEAD: Final = np.frombuffer("(户主)".encode(), dtype=np.uint8)
_WIDE_HEAD: Final = np.frombuffer("（户主）".encode(), dtype=np.uint8)


@dataclass(frozen=True)
class Spelled:
    """Names one after the other: name i is letters[start[i]:start[i] + length[i]]; −1 as length: no name."""

    letters: Letters
    start: Offsets
    length: Codes
    full: Hashes  # of all characters, also those beyond WIDTH
    foreign: Hashes  # equal for spellings of one foreign name


class _Tables(NamedTuple):
    fold: Codes  # simplified form by code point, 0 where it lies beyond the tables
    given: Codes  # syllable code by code point, 0 = unknown
    surname: Codes
    second: Codes  # another reading, 0 = none
    heard: Codes  # by syllable code
    compound: Hashes  # both characters packed, ascending
    compound_first: Codes  # their syllables
    compound_last: Codes
    ask: Hashes  # hashes of names and given names china must look at, ascending


def spell(values: pl.Series) -> Spelled:
    """Lay out a column of distinct cells of names as agencies wrote them."""
    cells, tables = Cells.of(values) if len(values) else None, _tables()
    if cells is None:
        none = np.zeros(0, dtype=np.int64)
        return Spelled(np.zeros(0, dtype=LETTER), none, none.astype(np.int32), none, none)
    letters = np.zeros(4 * len(values), dtype=LETTER)
    length = np.full(len(values), -1, dtype=np.int32)
    full = np.zeros(len(values), dtype=np.int64)
    ask = _spell_plain(tables, cells.data, cells.offsets, cells.empty, (letters, length, full))
    start = np.arange(len(values), dtype=np.int64) * 4
    foreign = full.copy()
    rows = np.flatnonzero(ask)
    if len(rows):
        letters = _spell_others(values.gather(rows), rows, letters, (start, length, full, foreign))
    return Spelled(letters, start, length, full, foreign)


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    """The tables of `china`, laid out by code point; read once."""
    codes = syllable_codes()
    fold = np.arange(_PAGE, dtype=np.int32)
    for char, plain in variants().items():
        if len(char) == 1 and ord(char) < _PAGE:
            fold[ord(char)] = ord(plain) if len(plain) == 1 and ord(plain) < _PAGE else 0
    readings = first_readings() | {char: all_[0] for char, all_ in given_readings().items()}
    given = np.zeros(_PAGE, dtype=np.int32)
    for char, reading in readings.items():
        if ord(char) < _PAGE:
            given[ord(char)] = codes.get(reading, 0)
    surname, irregular = given.copy(), surname_syllables()
    compound = sorted((ord(name[0]) << 32 | ord(name[1]), name) for name in compound_surnames())
    spoken = [_spoken(name, irregular, readings) for _, name in compound]
    for name, reading in irregular.items():
        if len(name) == 1:
            surname[ord(name)] = codes.get(reading, 0)
    second = np.zeros(_PAGE, dtype=np.int32)
    for point, syllable in second_readings().items():
        second[point] = syllable
    asked = [*foreign_spellings(), *(word for word in missing_words() if word)]
    return _Tables(
        fold,
        given,
        surname,
        second,
        heard_as(),
        np.array([key for key, _ in compound], dtype=np.int64),
        np.array([codes.get(first, 0) for first, _ in spoken], dtype=np.int32),
        np.array([codes.get(last, 0) for _, last in spoken], dtype=np.int32),
        np.unique(np.array([_points_hash(np.array([ord(c) for c in word])) for word in asked], dtype=np.int64)),
    )


def _spoken(name: str, irregular: dict[str, str], readings: dict[str, str]) -> tuple[str, str]:
    first, last = irregular.get(name, f"{readings.get(name[0], '')} {readings.get(name[1], '')}").split(" ")
    return first, last


@compiled
def _points_hash(points: NDArray[np.int64]) -> Int:
    h = np.int64(0)
    for place in range(len(points)):
        h = mixed(h, np.int64(points[place]))
    return h


@compiled
def _among(values: Hashes, wanted: Int) -> Int:
    """Place of a value in an ascending array, −1 where it is not there."""
    place = np.searchsorted(values, wanted)
    return place if place < len(values) and values[place] == wanted else -1


@compiled
def _ends_dressed(before: Int, last: Int) -> Flag:
    """户主, 已故, 去世, 死亡 at the end of a cell, or 之妻, 的父 …: whose relative is meant."""
    state = (before == 25143 and last == 20027) or (before == 24050 and last == 25925)
    state = state or (before == 21435 and last == 19990) or (before == 27515 and last == 20129)
    return state or (last in (22971, 23376, 22899, 29238, 27597) and before in (20043, 30340))


@compiled
def _spell_plain(
    tables: _Tables, data: Bytes, offsets: Offsets, empty: Flags, out: tuple[Letters, Codes, Hashes]
) -> Flags:
    letters, length, full = out
    ask = np.zeros(len(empty), dtype=np.bool_)
    points = np.zeros(4, dtype=np.int64)
    tables, data = lent(tables), lent(data)
    for row in range(len(empty)):
        if empty[row]:
            continue
        count, dressed = _han(data, offsets[row], offsets[row + 1], points)
        if count < 2 or _ends_dressed(points[count - 2], points[count - 1]) or (dressed and _tells(points[:count])):
            ask[row] = True
            continue
        beyond = False
        for place in range(count):
            points[place] = tables.fold[points[place]]
            beyond |= points[place] == 0
        surname = 1
        compound = -1
        if count >= 3:
            compound = _among(tables.compound, points[0] << 32 | points[1])
            surname = 2 if compound >= 0 else 1
        whole, given = _points_hash(points[:count]), _points_hash(points[surname:count])
        if beyond or count - surname > 2 or _among(tables.ask, whole) >= 0 or _among(tables.ask, given) >= 0:
            ask[row] = True
            continue
        length[row], full[row] = count, whole
        for place in range(count):
            letter = letters[row * 4 + place]
            char = points[place]
            sound = tables.surname[char] if place == 0 else tables.given[char]
            if compound >= 0 and place < 2:
                sound = tables.compound_first[compound] if place == 0 else tables.compound_last[compound]
            letter.char = char
            letter.main = sound if sound > 0 else char + UNREAD
            letter.other = tables.second[char] if tables.second[char] > 0 else letter.main
            letter.near = tables.heard[sound] if sound > 0 else letter.main
    return ask


@compiled
def _tells(points: Hashes) -> Flag:
    """Whether a name out of a cell with more than a name in it may still have a word about its bearer (先生, 的女儿,
    家属, 又名 …)."""
    found = False
    for end in _TELLING_ENDS:
        found |= points[len(points) - 1] == end
    for point in points:
        for word in _TELLING:
            found |= point == word
    return found


@compiled
def _han(data: Bytes, start: Int, end: Int, points: Hashes) -> tuple[Int, Flag]:
    """Code points of a cell of two to four Han characters, and whether blanks, digits or (户主) stood with them, which
    mean nothing there; none where it is anything else."""
    stop = _before_head(data, start, end)
    count, place, dressed = 0, start, stop < end
    while place < stop:
        a = np.int64(data[place])
        if a == 32 or 48 <= a <= 57:
            place, dressed = place + 1, True
            continue
        if a >> 4 != 14 or place + 3 > stop:
            return 0, False
        point = (a & 15) << 12 | (np.int64(data[place + 1]) & 63) << 6 | (np.int64(data[place + 2]) & 63)
        place += 3
        if point == 0x3000:
            dressed = True
            continue
        if count == 4 or point < _HAN[0] or point >= _HAN[1]:
            return 0, False
        points[count] = point
        count += 1
    return count, dressed


@compiled
def _before_head(data: Bytes, start: Int, end: Int) -> Int:
    """Where a cell ends without (户主) behind it, its brackets narrow or wide."""
    for head in (_HEAD, _WIDE_HEAD):
        place = end - len(head)
        if place <= start:
            continue
        same = True
        for offset in range(len(head)):
            same &= data[place + offset] == head[offset]
        if same:
            return place
    return end


def _spell_others(
    values: pl.Series, rows: Offsets, letters: Letters, columns: tuple[Offsets, Codes, Hashes, Hashes]
) -> Letters:
    """The names `china` had to clean, appended behind the plain ones."""
    start, length, full, foreign = columns
    cleaned = name_keys(values)
    named = cleaned["folded"].is_not_null().to_numpy()
    wide = _wide(cleaned["folded"])
    heard = sounds_of(wide, cleaned["syllables"])
    _sound_out(_tables(), wide, heard.main, heard.other, heard.near)
    size = np.where(named, (wide != 0).sum(axis=1), 0)
    at = np.cumsum(size) - size
    more = np.zeros(int(size.sum()), dtype=LETTER)
    present = wide != 0
    for name, table in (("char", wide), ("main", heard.main), ("other", heard.other), ("near", heard.near)):
        more[name] = table[present]
    start[rows] = len(letters) + at
    length[rows] = np.where(named & (size > 0), size, -1)
    full[rows], foreign[rows] = _whole(cleaned["folded"], wide), _whole(cleaned["transliterated"])
    return np.concatenate([letters, more])


@compiled
def _sound_out(tables: _Tables, wide: Points, main: Codes, other: Codes, near: Codes) -> None:
    """Readings, character by character, for what `china` does not spell as a whole (王氏: a surname without a given
    name), so that a name sounds the same however its cell was dressed."""
    for row in range(len(wide)):
        for place in range(WIDTH):
            char = wide[row, place]
            if main[row, place] != char + UNREAD or char >= _PAGE or char == 0:
                continue
            sound = tables.surname[char] if place == 0 else tables.given[char]
            if sound > 0:
                main[row, place], near[row, place] = sound, tables.heard[sound]
                other[row, place] = tables.second[char] if tables.second[char] > 0 else sound


def _wide(names: pl.Series) -> Points:
    """The code points of each name, WIDTH to a row, 0 beyond its end."""
    text = names.fill_null("").to_list()
    return np.array(text, dtype=f"<U{WIDTH}").view(np.uint32).reshape(len(text), WIDTH)


def _whole(names: pl.Series, wide: Points | None = None) -> Hashes:
    """`_points_hash` of every name, of its full length."""
    out = _row_hashes(_wide(names) if wide is None else wide)
    for row, name in enumerate(names.to_list()):
        if name is not None and len(name) > WIDTH:
            out[row] = _points_hash(np.array([ord(char) for char in name], dtype=np.int64))
    return out


@compiled
def _row_hashes(wide: Points) -> Hashes:
    out = np.zeros(len(wide), dtype=np.int64)
    for row in range(len(wide)):
        for point in wide[row]:
            if point > 0:
                out[row] = mixed(out[row], np.int64(point))
    return out
