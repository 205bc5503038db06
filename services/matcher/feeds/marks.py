"""What a check leaves on a whole column: which rows have an issue, and the issue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import orjson
import polars as pl

from china.dates import read_column as read_dates
from matcher.feeds.feed import Feed
from matcher.feeds.issues import issue_by_line, issue_json
from matcher.feeds.places import places_of


@dataclass(frozen=True)
class Mark:
    """Rows that have one issue, and the issue as JSON: one text for all of them, or one per row."""

    rows: pl.Series
    text: str | pl.Series

    @property
    def code(self) -> str:
        text = self.text if isinstance(self.text, str) else str(self.text.drop_nulls().first())
        return str(orjson.loads(text)["code"])


@dataclass(frozen=True)
class Understood:
    """What several checks need of a delivery, read once. `on`: the day after which nothing in it can have happened
    (None: not checked)."""

    numbers: pl.DataFrame  # id_numbers.read_column of id_number
    dates: Mapping[str, pl.DataFrame]  # our column → dates.read_column
    on: date | None

    @classmethod
    def of(
        cls, frame: pl.DataFrame, feed: Feed, headers: Mapping[str, str], numbers: pl.DataFrame, on: date | None
    ) -> "Understood":
        """With the dates of all columns that were sent."""
        dated = [one.name for one in feed.columns if one.kind in ("date", "birth_date") and one.name in headers]
        return cls(numbers, {name: read_dates(frame[name]) for name in dated}, on)


def mark(rows: pl.Series, code: str, header: str, **args: object) -> Mark:
    """One issue of a column, the same for all its rows."""
    return Mark(rows.fill_null(False), issue_json(code, header, column=header, **args))


def mark_beside(frame: pl.DataFrame, found: pl.DataFrame, code: str, header: str) -> Mark:
    """An issue of one row that names another. `found`: at (row of the frame), first (the other's line)."""
    first = blank_lines(frame.height).scatter(found["at"], found["first"])
    text = issue_by_line(code, header, first, places_of(frame, first), column=header)
    return Mark(first.is_not_null(), text)


def blank_lines(height: int) -> pl.Series:
    """No line, for every row."""
    return pl.repeat(None, height, dtype=pl.Int32, eager=True)
