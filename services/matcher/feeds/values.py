"""What the text of a cell means, by the kind its column has in the map: whole columns, null where unreadable.

Records keep the text as sent; this reading is made when it is needed, for the checks and for the facts.
"""

from collections.abc import Callable, Mapping

import polars as pl

from china.dates import read_column as read_dates
from china.disability_cards import CLASSES, GRADES, class_column, grade_column
from china.disability_cards import read_column as read_cards
from china.text import plain_column
from matcher.feeds.feed import Column, Feed

MONEY = r"^[¥￥]?(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)(万元|万|元)?$"
SEXES = {"男": "1", "男性": "1", "1": "1", "M": "1", "女": "2", "女性": "2", "2": "2", "F": "2"}

# What an agency should write in columns whose codes are national, not of one feed.
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "sex": ("男", "女"),
    "disability-class": tuple(CLASSES.values()),
    "disability-grade": tuple(GRADES.values()),
}


def given(cells: pl.Series) -> pl.Series:
    """Whether a cell says anything: 无, -, NULL and their kin say nothing."""
    return plain_column(cells).is_not_null()


def typed(records: pl.DataFrame, feed: Feed, source: str) -> pl.Series:
    """The values of a column: Date for dates, Float64 for money and grades, text otherwise.

    `name:sent` is the text itself. Class and grade that a card's row leaves blank are read off the card number.
    """
    if source.endswith(":sent"):
        return records[source.removesuffix(":sent")]
    column = feed.column(source)
    cells = records[source]
    if column.kind in ("disability-class", "disability-grade"):
        return _of_card(records, feed, column)
    return read_as(column, cells)


def read_as(column: Column, cells: pl.Series) -> pl.Series:
    """One column's cells by its kind, without looking at other columns."""
    if column.kind == "code":
        return codes(cells, {word: code for code, words in column.values.items() for word in words})
    return _READERS.get(column.kind, plain_column)(cells)


def codes(cells: pl.Series, words: dict[str, str]) -> pl.Series:
    """Words → codes; a word nobody agreed on is null."""
    known = {word.upper(): code for word, code in words.items()}
    text = cells.str.normalize("NFKC").str.strip_chars().str.to_uppercase()
    return text.replace_strict(known, default=None, return_dtype=pl.String)


def money(cells: pl.Series) -> pl.Series:
    """Yuan as a number: `12,345.6元`, `1.2万`. Null for what is no amount."""
    text = plain_column(cells).str.replace_all(r"\s", "")
    groups = text.str.extract_groups(MONEY).struct.unnest()
    amount = groups.to_series(0).str.replace_all(",", "").cast(pl.Float64, strict=False)
    scale = pl.Series(groups.to_series(1).str.starts_with("万").fill_null(False)).replace_strict(
        {True: 1e4, False: 1.0}
    )
    return (amount * scale).alias(cells.name)


def _of_card(records: pl.DataFrame, feed: Feed, column: Column) -> pl.Series:
    said = read_as(column, records[column.name])
    cards = [other.name for other in feed.columns if other.kind == "card"]
    if not cards:
        return said
    part = "class" if column.kind == "disability-class" else "grade"
    return pl.select(pl.coalesce(said, read_cards(records[cards[0]])[part])).to_series(0).alias(column.name)


_READERS: Mapping[str, Callable[[pl.Series], pl.Series]] = {
    "date": lambda cells: read_dates(cells)["date"],
    "birth_date": lambda cells: read_dates(cells)["date"],
    "money": money,
    "sex": lambda cells: codes(cells, SEXES),
    "disability-class": class_column,
    "disability-grade": grade_column,
}
