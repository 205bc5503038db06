"""What the cells of a column hold, in counts: filled, readable, which codes; and words nobody agreed on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
from rapidfuzz import fuzz, process

from china.disability_cards import read_column as read_cards
from china.id_numbers import read_column as read_numbers
from china.names import compound_surnames, surnames
from china.phones import read_column as read_phones
from china.text import plain_column
from matcher.feeds.feed import CODED, Column
from matcher.feeds.values import given, parts_of, read_as, unread

MOST_WORDS = 20
NEARLY = 66.0  # full wording, other number: 全额 beside 全额救助
_LIKE_A_NUMBER = re.compile(r"\d{3,}|\d.*[-:/].*\d")
_LIKE_AN_ADDRESS = re.compile(r"[省市县区镇乡村组路街巷号栋楼室屯寨社户]")
_LIKE_A_LATIN_NAME = re.compile(r"[A-Za-z]{2,}[ .·]+[A-Za-z]{2,}|[A-Za-z]{5,}")
_HAN = re.compile(r"^[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}$")


@dataclass(frozen=True)
class Word:
    """A word of no code list, and in how many cells; `text` is None where it may be a person's."""

    text: str | None
    cells: int


@dataclass(frozen=True)
class Seen:
    """The cells of one column."""

    filled: int
    unreadable: int = 0
    codes: Mapping[str, int] = field(default_factory=dict)  # our code → cells
    unknown: tuple[Word, ...] = ()

    @property
    def readable(self) -> int:
        """Filled cells that say something of the kind the column has."""
        return self.filled - self.unreadable


WITH_WORDS = (*CODED, "sex", "disability-class", "disability-grade")


def seen_of(column: Column, cells: pl.Series) -> Seen:
    """What a column's cells hold by its kind."""
    filled = given(cells)
    if column.kind not in WITH_WORDS:
        return Seen(int(filled.sum()), int((_unreadable(column, cells) & filled).sum()))
    words = parts_of(column, cells)
    filled |= pl.Series(range(cells.len()), dtype=pl.UInt32).is_in(
        words.drop_nulls("code")["at"].implode()
    )  # 无, 0: no
    read = words.group_by("code").len().drop_nulls("code").sort("code")
    return Seen(int(filled.sum()), int(unread(column, cells).sum()), dict(read.iter_rows()), _words(column, words))


def _unreadable(column: Column, cells: pl.Series) -> pl.Series:
    if column.kind == "id_number":
        return ~read_numbers(cells)["valid"].fill_null(False)
    if column.kind == "card":
        return read_cards(cells)["class"].is_null()
    if column.kind == "phone":
        return ~read_phones(cells)["valid"].fill_null(False)
    if column.kind in ("text", "name", "household", "area"):
        return pl.repeat(False, cells.len(), dtype=pl.Boolean, eager=True)
    return read_as(column, cells).is_null()


def _words(column: Column, words: pl.DataFrame) -> tuple[Word, ...]:
    """The words without a code, the commonest first; what may be a person's is counted and not shown."""
    odd = words.filter(pl.col("code").is_null())
    odd = odd.with_columns(word=plain_column(odd["word"])).drop_nulls("word")
    counted = odd.group_by("word").len().sort(["len", "word"], descending=[True, False])
    agreed = [word for words in column.values.values() for word in words]
    shown: list[Word] = []
    hidden = 0
    for word, cells in counted.iter_rows():
        if len(shown) < MOST_WORDS and may_be_shown(word, agreed):
            shown.append(Word(word, cells))
        else:
            hidden += cells
    return (*shown, Word(None, hidden)) if hidden else tuple(shown)


def may_be_shown(word: str, agreed: Sequence[str] = ()) -> bool:
    """Whether a word cannot be a person's name, number or address. In doubt it may not, unless it is nearly one of the
    words agreed on."""
    if len(word) > 12 or any(one.search(word) for one in (_LIKE_A_NUMBER, _LIKE_AN_ADDRESS, _LIKE_A_LATIN_NAME)):
        return False
    if any(mark in word for mark in "·•．"):
        return False
    if agreed and process.extractOne(word, agreed, scorer=fuzz.ratio, score_cutoff=NEARLY) is not None:
        return True
    return not (_HAN.match(word) and (word[0] in surnames() or word[:2] in compound_surnames()))
