"""How the characters of names sound and look, laid out as number tables, one row per distinct name."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from china import characters
from china.package_data import read_csv

Table = NDArray[np.uint32]
Codes = NDArray[np.int32]
UNKNOWN: Final = np.int32(100_000)  # added to a code point: a character without a reading sounds like itself only
# What a clerk in the north-west hears alike: curled and flat initials, n, l and r, front and back nasals, f and hu.
_NEAR: Final = (("^zh", "z"), ("^ch", "c"), ("^sh", "s"), ("ng$", "n"), ("^l", "n"), ("^r", "n"), ("^hu", "f"))


@dataclass(frozen=True)
class Sounds:
    """Three tables shaped like the characters: usual reading, other reading of a polyphone, reading as heard."""

    main: Codes
    other: Codes
    near: Codes


def sounds_of(letters: Table, syllables: pl.Series) -> Sounds:
    """Sounds of names given as code points (0 = beyond the end) and as spaced syllables (null = no reading known)."""
    main = np.where(letters > 0, letters.astype(np.int32) + UNKNOWN, 0).astype(np.int32)
    codes, heard = syllable_codes(), heard_as()
    texts = syllables.to_list()
    parts = np.array([text.count(" ") + 1 if text else 0 for text in texts], dtype=np.int64)
    width = (letters > 0).sum(axis=1)
    usable = np.flatnonzero((parts == width) & (width > 0))
    # one text of all and a look-up each: a column's own splitting takes milliseconds for a single name
    spoken = np.array([codes.get(one, 0) for one in " ".join(texts[row] for row in usable).split(" ")], dtype=np.int32)
    row = np.repeat(usable, width[usable])
    column = np.arange(len(row)) - np.repeat(np.cumsum(width[usable]) - width[usable], width[usable])
    known = spoken[: len(row)] > 0
    main[row[known], column[known]] = spoken[: len(row)][known]
    other = main.copy()
    points, second = _second_table()
    place = np.minimum(np.searchsorted(points, letters), len(points) - 1)
    double = points[place] == letters
    other[double] = second[place[double]]
    near = np.where(main < len(heard), heard[np.minimum(main, len(heard) - 1)], main).astype(np.int32)
    return Sounds(main, other, near)


@lru_cache(maxsize=1)
def syllable_codes() -> dict[str, int]:
    """Code of every syllable, from 1."""
    readings, heard = _readings()
    every = pl.concat([readings, heard]).unique().sort().to_list()
    return {syllable: number for number, syllable in enumerate(every, start=1)}


@lru_cache(maxsize=1)
def heard_as() -> Codes:
    """For each syllable's code the code of what it is heard as."""
    codes = syllable_codes()
    table = np.arange(len(codes) + 1, dtype=np.int32)
    for spoken, alike in zip(*(readings.to_list() for readings in _readings()), strict=True):
        table[codes[spoken]] = codes[alike]
    return table


def _readings() -> tuple[pl.Series, pl.Series]:
    """Every reading there is, and how it is heard."""
    readings = characters.table()["pinyin"].drop_nulls().str.split(" ").explode(empty_as_null=True).unique().sort()
    heard = readings
    for written, said in _NEAR:
        heard = heard.str.replace(written, said)
    return readings, heard


@lru_cache(maxsize=1)
def second_readings() -> dict[int, int]:
    """Code points of polyphones and the code of the second reading they have in a surname or given name."""
    codes = syllable_codes()
    second = {}
    for file, column in (("surname_readings.csv", "surname"), ("given_readings.csv", "char")):
        for letter, readings in read_csv(file).select(column, "readings").rows():
            other = readings.split("|")[1:2]
            if len(letter) == 1 and other and other[0] in codes:
                second[ord(letter)] = codes[other[0]]
    return second


@lru_cache(maxsize=1)
def _second_table() -> tuple[Table, Codes]:
    points = sorted(second_readings())
    return np.array(points, dtype=np.uint32), np.array([second_readings()[point] for point in points], dtype=np.int32)
