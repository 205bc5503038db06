"""Everything that can be wrong with a row, checked over whole columns by the kind each column has in the map."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import orjson
import polars as pl

from china.dates import read_column as read_dates
from china.disability_cards import read_column as read_cards
from china.phones import read_column as read_phones
from china.text import plain_column
from matcher.feeds.feed import Column, Feed
from matcher.feeds.issues import issue_by_line, issue_json
from matcher.feeds.values import ALLOWED, SEXES, codes, given, read_as

# A 15-digit prefix and zeros, a scientific notation: what a spreadsheet leaves of an identifier in CSV.
DAMAGE = r"^\d{15}000$|^\d(?:\.\d+)?[eE]\+?\d{2}$|^\d{16,22}\.0+$"


@dataclass(frozen=True)
class Mark:
    """Rows that have one issue, and the issue as JSON: one text for all of them, or one per row."""

    rows: pl.Series
    text: str | pl.Series

    @property
    def code(self) -> str:
        text = self.text if isinstance(self.text, str) else str(self.text.drop_nulls().first())
        return str(orjson.loads(text)["code"])


def marks_of(
    frame: pl.DataFrame, feed: Feed, headers: Mapping[str, str], numbers: pl.DataFrame, on: date | None
) -> list[Mark]:
    """All issues of all rows.

    `headers`: our column → header as sent; `numbers`: id_numbers.read_column of id_number; `on`: the day after which
    nothing in the file can have happened (None: not checked).
    """
    marks = [*_of_numbers(frame, feed, headers, numbers)]
    for column in feed.columns:
        if column.name in headers:
            marks += _of_column(column, frame[column.name], headers[column.name], on)
    marks += _of_cards(frame, feed, headers)
    return [mark for mark in marks if mark.rows.any()]


def _mark(rows: pl.Series, code: str, header: str, **args: object) -> Mark:
    return Mark(rows.fill_null(False), issue_json(code, header, column=header, **args))


def _of_column(column: Column, cells: pl.Series, header: str, on: date | None) -> Iterator[Mark]:
    if column.name == "name":
        yield _mark(plain_column(cells).is_null(), "name-missing", header)
    elif column.kind == "household":
        yield _mark(~given(cells), "household-missing", header)
    elif column.kind in ("date", "birth_date"):
        found = read_dates(cells)
        yield _mark(found["reason"].is_not_null() & (found["reason"] != "open-ended"), "date-unreadable", header)
        if on is not None and not column.future:
            yield _mark(found["date"] > on, "date-future", header)
    elif column.kind == "money":
        amount = read_as(column, cells)
        yield _mark(given(cells) & amount.is_null(), "amount-unreadable", header)
        yield _mark(amount < 0, "amount-negative", header)
    elif column.kind in ("code", "sex", "disability-class", "disability-grade"):
        unknown = given(cells) & read_as(column, cells).is_null()
        yield _mark(
            unknown,
            "value-unknown",
            header,
            allowed="、".join(ALLOWED.get(column.kind) or [words[0] for words in column.values.values()]),
        )
    elif column.kind == "phone":
        yield _mark(given(cells) & ~read_phones(cells)["valid"].fill_null(False), "phone-invalid", header)


def _of_numbers(frame: pl.DataFrame, feed: Feed, headers: Mapping[str, str], numbers: pl.DataFrame) -> Iterator[Mark]:
    """The number that identifies the row, and what the row says beside it."""
    header = next((headers[name] for name in feed.id_number_from if name in headers), None)
    if header is None:
        return
    problem, warning, text = numbers["problem"], numbers["warning"], numbers["text"]
    damaged = frame["id_number"].str.strip_chars().str.contains(DAMAGE).fill_null(False)
    damaged |= (warning == "ends-000").fill_null(False)
    yield _mark(text.is_null(), "id-missing", header)
    yield _mark(damaged, "id-damaged", header)
    yield _mark(problem.is_in(["length", "characters"]) & ~damaged, "id-length", header)
    yield _mark((problem == "check-digit") & ~damaged, "id-check-digit", header)
    yield _mark((problem == "birth-date") | (warning == "implausible-birth"), "id-birth-impossible", header)
    yield _mark(text.str.len_chars() == 15, "id-fifteen", header)
    yield _mark(warning == "unknown-area", "id-area-unknown", header)
    yield from _shared(frame, numbers["id18"], header)
    sound = numbers["valid"].fill_null(False)
    if "birth_date" in headers:
        stated = read_dates(frame["birth_date"])
        yield _mark(sound & _another_day(stated, numbers["birth_date"]), "id-birth-differs", headers["birth_date"])
    if "sex" in headers:
        yield _mark(sound & (codes(frame["sex"], SEXES) != numbers["sex"]), "id-sex-differs", headers["sex"])


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
    rows = pl.DataFrame({"id18": id18, "name": plain_column(frame["name"]), "line": frame["line"]})
    found = rows.with_columns(names=pl.col("name").n_unique().over("id18"), first=pl.col("line").first().over("id18"))
    shared = found.select(
        pl.col("id18").is_not_null() & (pl.col("names") > 1) & (pl.col("line") != pl.col("first"))
    ).to_series(0)
    yield Mark(shared, issue_by_line("id-shared", header, found["first"], column=header))


def _of_cards(frame: pl.DataFrame, feed: Feed, headers: Mapping[str, str]) -> Iterator[Mark]:
    """A card number's own class and grade against the text columns: circulating tables swap the codes."""
    cards = [column.name for column in feed.columns if column.kind == "card" and column.name in headers]
    if not cards:
        return
    card = read_cards(frame[cards[0]])
    yield _mark(given(frame[cards[0]]) & card["class"].is_null(), "id-length", headers[cards[0]])
    for column in feed.columns:
        if column.kind in ("disability-class", "disability-grade") and column.name in headers:
            part = "class" if column.kind == "disability-class" else "grade"
            differs = read_as(column, frame[column.name]) != card[part]
            yield _mark(differs, "card-text-differs", headers[column.name])
