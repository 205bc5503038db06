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

MONEY = r"^[¥￥]?(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)(百元|千元|万元|万|元)?$"
SCALES = {"百": 1e2, "千": 1e3, "万": 1e4}
BARE_AMOUNT = r"^\s*[¥￥]?-?[\d,，]+(?:\.\d+)?\s*$"
BETWEEN = "、，,;；/／|+\n"  # what stands between the values of one cell, in whatever order they come
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
    """The values of a column: Date for dates, Float64 for money and grades, lists of codes for cells of several values,
    text otherwise.

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
    if column.kind in ("code", "yes-no"):
        return codes(cells, _words(column))
    if column.kind == "codes":
        return several(cells, _words(column))
    return _READERS.get(column.kind, plain_column)(cells)


def codes(cells: pl.Series, words: dict[str, str]) -> pl.Series:
    """Words → codes; a word nobody agreed on is null."""
    known = {word.upper(): code for word, code in words.items()}
    text = cells.str.normalize("NFKC").str.strip_chars().str.to_uppercase()
    return text.replace_strict(known, default=None, return_dtype=pl.String)


def _words(column: Column) -> dict[str, str]:
    return {word: code for code, words in column.values.items() for word in words}


def several(cells: pl.Series, words: dict[str, str]) -> pl.Series:
    """Cells of several words → their codes, each once and in one order; null where no word is known."""
    found = _apart(cells, words).drop_nulls("code")
    lists = found.group_by("at").agg(pl.col("code").unique().sort())
    at = pl.DataFrame({"at": pl.Series(range(cells.len()), dtype=pl.UInt32)})
    return at.join(lists, on="at", how="left", maintain_order="left")["code"].alias(cells.name)


def unread(column: Column, cells: pl.Series) -> pl.Series:
    """Rows whose cell says something that is no agreed word; of several words any one."""
    if column.kind != "codes":
        return given(cells) & read_as(column, cells).is_null()
    parts = _apart(cells, _words(column))
    rows = parts.filter(given(parts["word"]) & parts["code"].is_null())["at"].unique()
    return pl.Series(cells.name, range(cells.len()), dtype=pl.UInt32).is_in(rows.implode())


def parts_of(column: Column, cells: pl.Series) -> pl.DataFrame:
    """at (row), word, code (null: no agreed word) of every filled cell of a column whose words have codes."""
    if column.kind == "codes":
        return _apart(cells, _words(column)).drop_nulls("word")
    read = read_as(column, cells).cast(pl.String)
    return pl.DataFrame({"word": cells, "code": read}).with_row_index("at").drop_nulls("word")


def _apart(cells: pl.Series, words: dict[str, str]) -> pl.DataFrame:
    parts = _split(cells).alias("word").to_frame().with_row_index("at").explode("word")
    return parts.with_columns(code=codes(parts["word"], words))


def _split(cells: pl.Series) -> pl.Series:
    one = cells.str.normalize("NFKC").str.replace_all(f"[{BETWEEN}]", BETWEEN[0])
    return one.str.split(BETWEEN[0])


def with_unit(cells: pl.Series, unit: str) -> pl.Series:
    """Amounts with the unit their header states, where the cell states none: 1.2 under 收入（万元） is 1.2万元."""
    if unit == "元":
        return cells
    bare = cells.str.contains(BARE_AMOUNT).fill_null(False)
    return pl.select(
        pl.when(bare).then(pl.concat_str(cells.str.strip_chars(), pl.lit(unit))).otherwise(cells)
    ).to_series(0)


def month(cells: pl.Series) -> pl.Series:
    """The first day of a stated month; null where a cell names a year only."""
    found = read_dates(cells)
    of_month = pl.col("precision").is_in(["day", "month"])
    return found.select(pl.when(of_month).then(pl.col("date").dt.month_start())).to_series(0).alias(cells.name)


def money(cells: pl.Series) -> pl.Series:
    """Yuan as a number: `12,345.6元`, `1.2万`. Null for what is no amount."""
    text = plain_column(cells).str.replace_all(r"\s", "")
    groups = text.str.extract_groups(MONEY).struct.unnest()
    amount = groups.to_series(0).str.replace_all(",", "").cast(pl.Float64, strict=False)
    scale = groups.to_series(1).str.slice(0, 1).replace_strict(SCALES, default=1.0, return_dtype=pl.Float64)
    return (amount * scale).alias(cells.name)


def years(cells: pl.Series) -> pl.Series:
    """An age in whole years: 65, 65岁, 65周岁; null for anything else."""
    text = plain_column(cells).str.replace_all(r"\s", "")
    return text.str.extract(r"^(\d{1,3})(?:\.0+)?(?:周?岁)?$").cast(pl.Int32, strict=False).alias(cells.name)


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
    "age": years,
    "period": month,
    "sex": lambda cells: codes(cells, SEXES),
    "disability-class": class_column,
    "disability-grade": grade_column,
}
