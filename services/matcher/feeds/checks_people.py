"""What a row says of one person that cannot all be so: dates in the wrong order, an age that is not theirs, one person
under two numbers."""

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from china.text import plain_column
from matcher.feeds.feed import Feed
from matcher.feeds.marks import Mark, Understood, mark, mark_beside
from matcher.feeds.values import read_as

AGE_SLACK = 2  # years: 虚岁 counts one or two more, and lists are some months old


def people_of(frame: pl.DataFrame, feed: Feed, headers: Mapping[str, str], read: Understood) -> Iterator[Mark]:
    """The issues of a person's own dates and numbers; ages are reckoned by the day of the delivery."""
    dates, on = read.dates, read.on
    born = _births(dates.get("birth_date"), read.numbers)
    deaths = {rule.valid_from for rule in feed.facts if rule.kind == "death"}
    for name, found in dates.items():
        if name != "birth_date":
            code = "death-before-birth" if name in deaths else "date-before-birth"
            yield mark(_earlier(found, born), code, headers[name])
    yield from _periods(feed, headers, dates)
    if on is not None:
        yield from _ages(frame, feed, headers, (born, on))
    yield from _two_numbers(frame, headers, read.numbers, born)


def _births(stated: pl.DataFrame | None, numbers: pl.DataFrame) -> pl.Series:
    """By the number where it is sound, else as stated to the day."""
    sound = pl.select(pl.when(numbers["valid"].fill_null(False)).then(numbers["birth_date"])).to_series(0)
    if stated is None:
        return sound.alias("born")
    to_the_day = stated.select(pl.when(pl.col("precision") == "day").then("date")).to_series(0)
    return pl.select(pl.coalesce(sound, to_the_day)).to_series(0).alias("born")


def _earlier(found: pl.DataFrame, born: pl.Series) -> pl.Series:
    """Whether a date lies before a birth, as far as it is stated: the month of the birth is not before it."""
    return found.select(
        pl.when(pl.col("precision") == "day")
        .then(pl.col("date") < born)
        .when(pl.col("precision") == "month")
        .then(pl.col("date") < born.dt.month_start())
        .otherwise(pl.col("date").dt.year() < born.dt.year())
    ).to_series(0)


def _periods(feed: Feed, headers: Mapping[str, str], dates: Mapping[str, pl.DataFrame]) -> Iterator[Mark]:
    """A fact's beginning after its end."""
    told = [(rule.valid_from, rule.valid_to) for rule in feed.facts]
    pairs = {(begins, ends) for begins, ends in told if begins is not None and ends is not None}
    for begins, ends in sorted((begins, ends) for begins, ends in pairs if begins in dates and ends in dates):
        turned = dates[begins]["date"] > dates[ends]["date"]
        yield mark(turned, "period-reversed", headers[ends], other=headers[begins])


def _ages(
    frame: pl.DataFrame, feed: Feed, headers: Mapping[str, str], reckoned: tuple[pl.Series, date]
) -> Iterator[Mark]:
    born, on = reckoned
    for column in feed.columns:
        if column.kind == "age" and column.name in headers:
            birthday = born.dt.month().cast(pl.Int32) * 100 + born.dt.day()
            age = on.year - born.dt.year() - (birthday > on.month * 100 + on.day).cast(pl.Int32)
            stated = read_as(column, frame[column.name])
            yield mark((stated - age).abs() > AGE_SLACK, "age-differs", headers[column.name])


def _two_numbers(
    frame: pl.DataFrame, headers: Mapping[str, str], numbers: pl.DataFrame, born: pl.Series
) -> Iterator[Mark]:
    """One name and day of birth under two numbers of the same area and sex: mostly one person, mistyped once.

    Two people of one name born on one day are rare but real, so it is a question, never a verdict.
    """
    header = headers.get("id_number") or headers.get("card")
    if header is None or "name" not in headers:
        return
    told = pl.DataFrame({"name": frame["name"], "born": born})
    several = (told.is_duplicated() & told["name"].is_not_null() & born.is_not_null()).arg_true()
    text = numbers["text"].gather(several)
    rows = pl.DataFrame(
        {
            "name": plain_column(frame["name"].gather(several)),
            "born": born.gather(several),
            "text": text,
            "where": text.str.slice(0, 6),
            "sex": text.str.slice(16, 1).cast(pl.Int32, strict=False) % 2,
            "at": several,
            "line": frame["line"].gather(several),
        }
    ).filter(text.str.len_chars() == 18)
    same = ["name", "born", "where", "sex"]
    found = rows.with_columns(first=pl.col("line").first().over(same), shown=pl.col("text").first().over(same))
    yield mark_beside(frame, found.filter(pl.col("text") != pl.col("shown")), "number-twofold", header)
