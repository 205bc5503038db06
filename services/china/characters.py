"""What a single Han character is made of: its readings, four-corner code and strokes, its plain form, its look-alikes.

Tables: `data/characters.parquet` (41,333 characters), `data/variants.csv` (traditional and variant → simplified),
`data/look_alikes.csv` (pairs mistaken by eye). Sources and licences: `data/SOURCES.md`.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import polars as pl

from china.package_data import read_csv, read_parquet

FEW = 5000  # texts; above it the whole-column form is the faster


@cache
def table() -> pl.DataFrame:
    """char, pinyin (toneless, ü as v, blanks between readings, commonest first), four_corner, strokes, stroke_count."""
    return read_parquet("characters.parquet")


@cache
def first_readings() -> dict[str, str]:
    """The commonest toneless reading of every character."""
    return {char: readings.split(" ", 1)[0] for char, readings in table().select("char", "pinyin").iter_rows()}


@cache
def four_corners() -> dict[str, str]:
    """Five-digit four-corner code of every character that has one: same code, similar outline."""
    return dict(table().select("char", "four_corner").drop_nulls().iter_rows())


@cache
def strokes() -> dict[str, str]:
    """Strokes in order of writing: h 横, s 竖, p 撇, n 捺 or 点, z 折. Known for 12,222 characters."""
    return dict(table().select("char", "strokes").drop_nulls().iter_rows())


@cache
def variants() -> dict[str, str]:
    """Traditional and variant form → the simplified form that stands for both in comparisons (never for display)."""
    return dict(read_csv("variants.csv").select("char", "folded").iter_rows())


@dataclass(frozen=True)
class CharacterMap:
    """Characters → texts, for one text or a column of any length."""

    table: dict[str, str]

    @cached_property
    def _by_point(self) -> dict[int, str]:
        return {ord(char): text for char, text in self.table.items()}

    def one(self, text: str) -> str:
        """Every character of the table replaced."""
        return text.translate(self._by_point)

    def column(self, s: pl.Series) -> pl.Series:
        """`one` over a text column. Few texts go one by one: the column form first builds a machine of 41,000 words."""
        if s.len() > FEW:
            return s.str.replace_many(self.table)
        points = self._by_point
        changed = [None if text is None else text.translate(points) for text in s.to_list()]
        return pl.Series(s.name, changed, dtype=pl.String)


@cache
def _folds() -> CharacterMap:
    return CharacterMap(variants())


def fold(text: str) -> str:
    """Every character in its simplified form."""
    return _folds().one(text)


def fold_column(s: pl.Series) -> pl.Series:
    """`fold` over a text column."""
    return _folds().column(s)


@cache
def look_alikes() -> frozenset[tuple[str, str]]:
    """Pairs of characters mistaken for each other by eye, smaller code point first."""
    return frozenset((min(a, b), max(a, b)) for a, b in read_csv("look_alikes.csv").iter_rows())


@cache
def outline(char: str) -> str | None:
    """The four corners of a character: those with the same ones are drawn alike (丽 and 丙, 花 and 茬)."""
    corners = four_corners().get(char, "")[:4]
    return corners if corners.isdigit() else None


@cache
def look_alike(a: str, b: str) -> bool:
    """Whether two different characters are easily mistaken: a listed pair, the same outline, or all but one corner of
    it and nearly the same strokes."""
    if a == b:
        return False
    if (min(a, b), max(a, b)) in look_alikes():
        return True
    one, other = outline(a), outline(b)
    if one is None or other is None:
        return False
    corners = sum(x == y for x, y in zip(one, other, strict=True))
    return corners == len(one) or (corners == len(one) - 1 and _drawn_alike(a, b))


def _drawn_alike(a: str, b: str) -> bool:
    """Whether seven in eight strokes are the same in order, and at most one is missing."""
    one, other = strokes().get(a, ""), strokes().get(b, "")
    shared = sum(x == y for x, y in zip(one, other, strict=False))
    return abs(len(one) - len(other)) <= 1 and shared > 0 and shared * 8 >= max(len(one), len(other)) * 7


@cache
def look_alike_pairs() -> frozenset[tuple[str, str]]:
    """Pairs of different outlines `look_alike` holds for, smaller code point first (and the listed ones of the same):
    `data/look_alikes.csv`, and `data/look_alike_strokes.csv` with those that share all but one corner and nearly all
    strokes (worked out once; a test compares it with the rule)."""
    return look_alikes() | frozenset(read_csv("look_alike_strokes.csv").iter_rows())
