"""A sample file against a map, before anything is agreed or stored: how each column was understood, and what was not.

It shows headers, counts and codes. Of the cells only words of code lists that nobody agreed on, and those not where
they could be a person's name, number or address.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kit.header_rows import letters
from kit.tables_in import Skipped, Table, TableUnreadable, kind_of, plain_header, read_tables
from matcher.feeds.feed import Column, Feed, FeedColumnsWrong
from matcher.feeds.headers import knows, missing_of, tellable, understood, unit_of
from matcher.feeds.likeness import Proposal, alike, likeness, proposals
from matcher.feeds.read import read
from matcher.feeds.sheets import Sheet, open_sheets, unreadable
from matcher.feeds.values import given, with_unit
from matcher.feeds.values_seen import Seen, seen_of


@dataclass(frozen=True)
class SheetTrial:
    """A sheet: what of it is no data, and how many rows are."""

    name: str | None
    skipped: Skipped
    rows: int


@dataclass(frozen=True)
class ColumnTrial:
    """A column of the file. `header` is None where it might be a person's; `column` None where nobody agreed on it."""

    sheet: str | None
    header: str | None
    place: str  # K
    column: Column | None
    unit: str | None
    seen: Seen
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True)
class Trial:
    """How a sample was understood. `rows`, `outcomes` and `issues` only where nothing is `missing`: of each group in it
    one column must be there."""

    kind: str
    encoding: str | None
    sheets: tuple[SheetTrial, ...]
    beside: tuple[str, ...]
    hidden: tuple[str, ...]
    columns: tuple[ColumnTrial, ...]
    missing: tuple[tuple[Column, ...], ...] = ()
    rows: int | None = None
    outcomes: Mapping[str, int] | None = None
    issues: Mapping[str, int] | None = None


def try_feed(content: bytes, feed: Feed, declared: str | None) -> Trial:
    """The trial of a sample. Raises FileUnreadable where it is no table."""
    try:
        found = open_sheets(content, feed, declared)
    except FeedColumnsWrong:
        return _without_all(content, feed, declared)
    reading = read(content, feed, declared)
    return Trial(
        kind=reading.kind,
        encoding=reading.encoding,
        sheets=tuple(_sheet(sheet.table) for sheet in found.sheets),
        beside=found.beside,
        hidden=found.hidden,
        columns=tuple(column for sheet in found.sheets for column in _columns(sheet, feed)),
        rows=reading.rows.height,
        outcomes=reading.counts,
        issues=reading.issues,
    )


def _without_all(content: bytes, feed: Feed, declared: str | None) -> Trial:
    """Where what the feed needs was not found: the header that is most like it, and what might have been meant."""
    kind, exact, words = kind_of(declared) if declared else None, knows(feed), alike(feed)
    try:
        book = read_tables(content, lambda plain: exact(plain) or words(plain), declared=kind)
    except TableUnreadable as error:
        if error.code != "no-header":
            raise unreadable(error) from error
        return Trial(kind or "", None, (), (), (), (), tuple(map(tuple, missing_of(feed, {}))))
    sheets = [Sheet(table, 0, understood(table.headers, feed)) for table in book.tables]
    fullest = min(sheets, key=lambda sheet: len(missing_of(feed, sheet.headers)))
    return Trial(
        kind=fullest.table.kind,
        encoding=fullest.table.encoding,
        sheets=tuple(_sheet(sheet.table) for sheet in sheets),
        beside=book.beside,
        hidden=book.hidden,
        columns=tuple(column for sheet in sheets for column in _columns(sheet, feed)),
        missing=tuple(map(tuple, missing_of(feed, fullest.headers))),
    )


def _sheet(table: Table) -> SheetTrial:
    return SheetTrial(table.sheet, table.skipped, table.frame.height)


def _columns(sheet: Sheet, feed: Feed) -> list[ColumnTrial]:
    table = sheet.table
    taken = {
        header: name
        for part in range(len(sheet.people))
        for name, sent in sheet.of_person(part).items()
        for header in sent
    }
    words = alike(feed)
    free = [column for column in feed.columns if column.name not in taken.values()]
    told = set(tellable(table.headers, feed)) | set(table.nameless)
    if sum(1 for header in table.headers if header in told or words(plain_header(header))) > 1:
        told |= set(table.headers)  # two words that everybody uses: this line is no person
    tried = []
    for header, place in zip(table.headers, table.places, strict=True):
        column = feed.column(taken[header]) if header in taken else None
        cells = table.frame[header]
        if column is None:
            like = () if header in table.nameless else proposals(header, free)
            shown = header in told or likeness(header, feed)
            seen = Seen(filled=int(given(cells).sum()))
        else:
            unit = unit_of(header) or column.unit
            like, shown = (), True
            seen = seen_of(column, with_unit(cells, unit) if column.kind == "money" else cells)
        tried.append(
            ColumnTrial(
                table.sheet,
                header if shown else None,
                letters(place),
                column,
                (unit_of(header) or column.unit) if column is not None and column.kind == "money" else None,
                seen,
                tuple(like),
            )
        )
    return tried
