"""Lists without a header: which column is which, from where the map says they stand and from what they hold.

A list that is known only by its column letters shifts them from one month to the next, so a map may hold several
shapes. The one that fits best is taken: numbers where the number is due, grades where the grade is. Where none fits,
the number is looked for by content, and the name beside it.
"""

from collections.abc import Callable, Mapping
from functools import partial

import polars as pl

from kit.tables_in import Table
from matcher.feeds.feed import Column, Feed
from matcher.feeds.values import given, read_as

Shape = Mapping[str, str]  # our column → letters
FIRST_ROWS = 30  # within which the list must begin
FITS = 0.6  # share of the filled cells that must be what a column is due to hold
NUMBER = r"^\s*'?(?:\d{15}|\d{17}[\dXx](?:[1-7][1-4][0-9A-Za-z]{0,2})?)\s*$"
PERSON = r"^\s*[\p{Han}·•．.]{2,12}\s*$"
SHORT_NAME = r"^\s*\p{Han}{2,4}\s*$"


def looks_like_number(cells: pl.Series) -> bool:
    """Whether most of what stands in a column are resident or card numbers."""
    return _share(cells, cells.str.contains(NUMBER)) >= FITS


def beginning(feed: Feed) -> Callable[[pl.DataFrame], int | None]:
    """For `read_lettered`: in which row of a sheet the list begins, None where it is none."""
    return partial(_begins, feed)


def shape_of(table: Table, feed: Feed) -> dict[str, tuple[str, ...]]:
    """Our column → the header of its column, for a table whose headers are letters; {} where nothing fits."""
    frame = table.frame.drop("line").rename({header: str(place) for header, place in _places(table).items()})
    shape = _best(frame, feed)
    headers = {place: header for header, place in _places(table).items()}
    return {name: (headers[place],) for name, place in shape.items() if place in headers}


def _places(table: Table) -> dict[str, int]:
    return dict(zip(table.headers, table.places, strict=True))


def _begins(feed: Feed, frame: pl.DataFrame) -> int | None:
    shape = _best(frame, feed)
    numbers = [_at(frame, shape[name]) for name in shape if feed.column(name).kind in ("id_number", "card")]
    rows = [int(row) for cells in numbers if (row := cells.str.contains(NUMBER).fill_null(False).arg_max()) is not None]
    return min(rows) if rows else None


def _best(frame: pl.DataFrame, feed: Feed) -> dict[str, int]:
    """The shape that fits the cells best; by content alone where none does; {} where there is no number at all."""
    shapes = [{name: _index(place) for name, place in shape.items()} for shape in feed.positions]
    scored = [(_fit(frame, feed, shape), -at) for at, shape in enumerate(shapes)]
    best, at = max(scored, default=(0.0, 0))
    return shapes[-at] if best > 0 else _by_content(frame, feed)


def _fit(frame: pl.DataFrame, feed: Feed, shape: Mapping[str, int]) -> float:
    """How well the cells are what each column is due to hold: 0 where a number or name is not, else a mean share."""
    shares = []
    for name, place in shape.items():
        column, cells = feed.column(name), _at(frame, place)
        share = _share(cells, _readable(column, cells))
        if column.kind in ("id_number", "card", "name") and share < FITS:
            return 0.0
        shares.append(share)
    return sum(shares) / len(shares) if shares else 0.0


def _at(frame: pl.DataFrame, place: int) -> pl.Series:
    """The cells of a column; blank ones where nothing ever stood."""
    blank = pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    return frame[str(place)] if str(place) in frame.columns else blank


def _readable(column: Column, cells: pl.Series) -> pl.Series:
    if column.kind in ("id_number", "card"):
        return cells.str.contains(NUMBER)
    if column.kind == "name":
        return cells.str.contains(PERSON)
    if column.kind == "text":
        return ~cells.str.contains(r"\d{6}")
    return read_as(column, cells).is_not_null()


def _by_content(frame: pl.DataFrame, feed: Feed) -> dict[str, int]:
    number = next((name for name in feed.id_number_from), None)
    places = [int(name) for name in frame.columns if looks_like_number(frame[name])]
    if number is None or not places:
        return {}
    found = {number: places[0]}
    names = [int(name) for name in frame.columns if holds_names(frame[name])]
    beside = sorted(names, key=lambda place: (place > places[0], abs(place - places[0])))
    if beside and any(column.name == "name" for column in feed.columns):
        found["name"] = beside[0]
    return found


def holds_names(cells: pl.Series) -> bool:
    """Whether most of what stands in a column are names of people."""
    return _share(cells, cells.str.contains(SHORT_NAME)) >= FITS


def _share(cells: pl.Series, fits: pl.Series) -> float:
    """Of the filled cells. Title lines above a list are a few cells, and do not weigh against a list."""
    filled = int(given(cells).sum())
    return int(fits.fill_null(False).sum()) / filled if filled else 0.0


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
