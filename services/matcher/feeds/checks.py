"""Everything that can be wrong with a row, checked over whole columns by the kind each column has in the map."""

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from china.disability_cards import read_column as read_cards
from china.id_numbers import read_column as read_numbers
from china.phones import read_column as read_phones
from china.text import plain_column
from matcher.feeds.checks_cells import cells_of
from matcher.feeds.checks_households import households_of
from matcher.feeds.checks_people import people_of
from matcher.feeds.feed import CODED, Column, Feed
from matcher.feeds.marks import Mark, Understood, blank_lines, mark, mark_beside
from matcher.feeds.places import WHERE
from matcher.feeds.values import ALLOWED, SEXES, codes, given, read_as, unread

AMOUNT_MOST = 5_000_000  # yuan: ten times what the dearest illness costs; 万元 read as 元 lies far above
DATE_FIRST = date(1900, 1, 1)
PERIOD_FIRST = date(2000, 1, 1)  # no programme whose months are delivered is older
# A 15-digit prefix and zeros, a scientific notation: what a spreadsheet leaves of an identifier in CSV.
DAMAGE = r"^\d{15}000$|^\d(?:\.\d+)?[eE]\+?\d{2}$|^\d{16,22}\.0+$"


def marks_of(
    frame: pl.DataFrame, feed: Feed, headers: Mapping[str, str], numbers: pl.DataFrame, on: date | None
) -> list[Mark]:
    """All issues of all rows.

    `headers`: our column → header as sent; `numbers`: id_numbers.read_column of id_number; `on`: the day after which
    nothing in the file can have happened (None: not checked).
    """
    read = Understood.of(frame, feed, headers, numbers, on)
    marks = [*_of_numbers(frame, feed, headers, read)]
    for column in feed.columns:
        if column.name in headers:
            marks += _of_column(column, frame[column.name], headers[column.name], read)
    marks += _of_cards(frame, feed, headers, numbers)
    marks += cells_of(frame, feed, headers)
    marks += people_of(frame, feed, headers, read)
    marks += households_of(frame, feed, headers, numbers)
    return [one for one in marks if one.rows.any()]


def _of_column(column: Column, cells: pl.Series, header: str, read: Understood) -> Iterator[Mark]:
    on = read.on
    if column.name == "name":
        yield mark(plain_column(cells).is_null(), "name-missing", header)
    elif column.kind == "household":
        yield mark(~given(cells), "household-missing", header)
    elif column.kind in ("date", "birth_date"):
        found = read.dates[column.name]
        yield mark(found["reason"].is_not_null() & (found["reason"] != "open-ended"), "date-unreadable", header)
        if on is not None and not column.future:
            yield mark(found["date"] > on, "date-future", header)
        yield mark(found["date"] < DATE_FIRST, "date-implausible", header)
    elif column.kind == "period":
        month = read_as(column, cells)
        yield mark(given(cells) & month.is_null(), "period-unreadable", header)
        if on is not None:
            late = pl.repeat(False, month.len(), eager=True) if column.future else month > on
            yield mark(late | (month < PERIOD_FIRST), "period-implausible", header)
    elif column.kind == "money":
        amount = read_as(column, cells)
        yield mark(given(cells) & amount.is_null(), "amount-unreadable", header)
        yield mark(amount < 0, "amount-negative", header)
        yield mark(amount > AMOUNT_MOST, "amount-implausible", header)
    elif column.kind in (*CODED, "sex", "disability-class", "disability-grade"):
        yield mark(
            unread(column, cells),
            "value-unknown",
            header,
            allowed="、".join(ALLOWED.get(column.kind) or [words[0] for words in column.values.values()]),
        )
    elif column.kind == "phone":
        yield mark(given(cells) & ~read_phones(cells)["valid"].fill_null(False), "phone-invalid", header)


def _of_numbers(frame: pl.DataFrame, feed: Feed, headers: Mapping[str, str], read: Understood) -> Iterator[Mark]:
    """The number that identifies the row, and what the row says beside it."""
    header = next((headers[name] for name in feed.id_number_from if name in headers), None)
    if header is None:
        return
    numbers = read.numbers
    problem, warning, text = numbers["problem"], numbers["warning"], numbers["text"]
    damaged = frame["id_number"].str.strip_chars().str.contains(DAMAGE).fill_null(False)
    damaged |= (warning == "ends-000").fill_null(False)
    yield mark(text.is_null(), "id-missing", header)
    yield mark(damaged, "id-damaged", header)
    yield mark(problem.is_in(["length", "characters"]) & ~damaged, "id-length", header)
    yield mark((problem == "check-digit") & ~damaged, "id-check-digit", header)
    yield mark((problem == "birth-date") | (warning == "implausible-birth"), "id-birth-impossible", header)
    yield mark(text.str.len_chars() == 15, "id-fifteen", header)
    yield mark(warning == "unknown-area", "id-area-unknown", header)
    yield from _shared(frame, numbers["id18"], header)
    sound = numbers["valid"].fill_null(False)
    if "birth_date" in headers:
        stated = read.dates["birth_date"]
        yield mark(sound & _another_day(stated, numbers["birth_date"]), "id-birth-differs", headers["birth_date"])
    if "sex" in headers:
        yield mark(sound & (codes(frame["sex"], SEXES) != numbers["sex"]), "id-sex-differs", headers["sex"])


def _another_day(stated: pl.DataFrame, birth: pl.Series) -> pl.Series:
    """Whether a stated date is not the other one, as far as it is stated: a month alone contradicts no day in it."""
    written = pl.col("date")
    return stated.select(
        pl.when(pl.col("precision") == "day")
        .then(written != birth)
        .when(pl.col("precision") == "month")
        .then(written != birth.dt.month_start())
        .otherwise(written.dt.year() != birth.dt.year())
    ).to_series(0)


def _shared(frame: pl.DataFrame, id18: pl.Series, header: str) -> Iterator[Mark]:
    """One number on rows of different names: a family member's number stands in for a missing one."""
    several = (id18.is_duplicated() & id18.is_not_null()).arg_true()
    rows = pl.DataFrame(
        {"id18": id18.gather(several), "name": plain_column(frame["name"].gather(several)), "at": several}
    ).with_columns(line=frame["line"].gather(several))
    found = rows.with_columns(names=pl.col("name").n_unique().over("id18"), first=pl.col("line").first().over("id18"))
    shared = found.filter((pl.col("names") > 1) & (pl.col("line") != pl.col("first")))
    yield mark_beside(frame, shared, "id-shared", header)


def repeats_of(frame: pl.DataFrame) -> pl.Series:
    """Per row the line of an earlier row that says the same, wherever it stands in the file, else null."""
    cells = frame.drop("line", *WHERE)
    # Equal rows have equal hashes: only rows whose hash comes twice are compared cell by cell.
    several = cells.hash_rows().is_duplicated().arg_true()
    rows = frame[several].select("line", at=several, first=pl.col("line").first().over(pl.struct(cells.columns)))
    repeated = rows.filter(pl.col("line") != pl.col("first"))
    return blank_lines(frame.height).scatter(repeated["at"], repeated["first"])


def _of_cards(frame: pl.DataFrame, feed: Feed, headers: Mapping[str, str], numbers: pl.DataFrame) -> Iterator[Mark]:
    """A card number's own class and grade against the text columns (circulating tables swap the codes), and the number
    it begins with against the row's own."""
    cards = [column.name for column in feed.columns if column.kind == "card" and column.name in headers]
    if not cards:
        return
    card = read_cards(frame[cards[0]])
    yield mark(given(frame[cards[0]]) & card["class"].is_null(), "id-length", headers[cards[0]])
    if "id_number" in headers:
        other = read_numbers(frame[cards[0]])["id18"] != numbers["id18"]
        yield mark(other, "card-number-differs", headers[cards[0]])
    for column in feed.columns:
        if column.kind in ("disability-class", "disability-grade") and column.name in headers:
            part = "class" if column.kind == "disability-class" else "grade"
            differs = read_as(column, frame[column.name]) != card[part]
            yield mark(differs, "card-text-differs", headers[column.name])
