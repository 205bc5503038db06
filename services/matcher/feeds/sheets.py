"""A delivery → its sheets, each with what its columns are: with a header or without, one per township, wide or long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from kit.tables_in import Book, Limits, Table, TableUnreadable, kind_of, read_lettered, read_tables
from matcher.feeds.feed import Feed, FileUnreadable
from matcher.feeds.headers import knows, missing_of, of_anybody, repeated_headers, understood, wrong
from matcher.feeds.one_table import check_one_table
from matcher.feeds.people_in_rows import Person, people_of
from matcher.feeds.places import PARTS
from matcher.feeds.positions import beginning, holds_names, looks_like_number, shape_of


@dataclass(frozen=True)
class Sheet:
    """One table of a delivery. `headers`: our column → headers as sent, of what a row says once; `people`: the columns
    of each person a row has room for (one, with none of its own, where a row is one person)."""

    table: Table
    before: int  # lines of the sheets before it
    headers: Mapping[str, tuple[str, ...]]
    people: tuple[Person, ...] = ({},)

    def of_person(self, part: int) -> Mapping[str, tuple[str, ...]]:
        """Our column → headers as sent, of the person in place `part` (from 0)."""
        return {**self.headers, **{name: (header,) for name, header in self.people[part].items()}}


@dataclass(frozen=True)
class Sheets:
    """All of a delivery's, in the order of the book."""

    sheets: tuple[Sheet, ...]
    beside: tuple[str, ...]
    hidden: tuple[str, ...]


def open_sheets(content: bytes, feed: Feed, declared: str | None) -> Sheets:
    """The sheets that hold the feed. Raises FileUnreadable and FeedColumnsWrong; then nothing was read."""
    kind = kind_of(declared) if declared else None
    try:
        book = read_tables(
            content, knows(feed), declared=kind, nameless=feed.people is not None, enough=partial(_enough, feed)
        )
        read = [(table, *_by_header(table, feed)) for table in book.tables]
    except TableUnreadable as error:
        if error.code != "no-header":
            raise unreadable(error) from error
        book = _without_header(content, feed, kind)
        read = [(table, *_by_place(table, feed)) for table in book.tables]
    _all_alike(feed, read)
    _check_tables(book.tables, feed)
    sheets, before = [], 0
    for table, headers, people in read:
        sheets.append(Sheet(table, before, headers, people))
        before += table.rows_total
    if before > Limits().rows and len(sheets) > 1:
        raise unreadable(TableUnreadable("too-many-rows", limit=Limits().rows))
    return Sheets(tuple(sheets), book.beside, book.hidden)


def _check_tables(tables: Sequence[Table], feed: Feed) -> None:
    try:
        for table in tables:
            check_one_table(table, feed)
    except TableUnreadable as error:
        raise unreadable(error) from error


def _enough(feed: Feed, headers: Sequence[str]) -> bool:
    """Whether a sheet under these headers has all that the feed cannot do without: then it is a township of its own.
    A sheet that explains the columns has one to a line."""
    repeated = repeated_headers(feed)
    found = {repeated.get(of_anybody(header)) for header in headers} | set(understood(headers, feed))
    known = dict.fromkeys(name for name in found if name)
    return len(known) > 1 and not missing_of(feed, known)


Found = tuple[Mapping[str, tuple[str, ...]], tuple[Person, ...]]


def _by_header(table: Table, feed: Feed) -> Found:
    if feed.people is None:
        return understood(table.headers, feed), ({},)
    people = people_of(table, feed)
    theirs = {header for person in people for header in person.values()}
    once = {
        name: headers
        for name, headers in understood([one for one in table.headers if one not in theirs], feed).items()
        if name not in feed.people.columns
    }
    if len(people) >= PARTS:
        raise unreadable(TableUnreadable("too-many-columns", limit=PARTS))
    return once, people


def _by_place(table: Table, feed: Feed) -> Found:
    shape = shape_of(table, feed)
    if feed.people is None:
        return shape, ({},)
    repeated = feed.people.columns
    once = {name: headers for name, headers in shape.items() if name not in repeated}
    first = {name: headers[0] for name, headers in shape.items() if name in repeated}
    return once, (first, *_further(table, feed, first))


def _further(table: Table, feed: Feed, first: Person) -> Sequence[Person]:
    """The persons beside the first, without a header: a column of names begins one, one of numbers is theirs."""
    numbers = [name for name in first if feed.column(name).kind in ("id_number", "card")]
    last = max(table.headers.index(header) for header in first.values())
    found: list[dict[str, str]] = []
    for header in table.headers[last + 1 :]:
        cells = table.frame[header]
        if holds_names(cells):
            found.append({"name": header})
        elif found and numbers and numbers[0] not in found[-1] and looks_like_number(cells):
            found[-1][numbers[0]] = header
    return found


def _all_alike(feed: Feed, read: list[tuple[Table, Mapping[str, tuple[str, ...]], tuple[Person, ...]]]) -> None:
    """Every sheet must have what the feed cannot do without, or a township would be lost without a word."""
    missing = [missing_of(feed, {**headers, **(people[0] if people else {})}) for _, headers, people in read]
    if not any(missing):
        return
    if all(missing):
        least = min(range(len(read)), key=lambda at: len(missing[at]))
        raise wrong(feed, read[least][0].headers, missing[least])
    names = "、".join(str(table.sheet) for table, _, _ in read)
    raise unreadable(TableUnreadable("several-sheets", count=len(read), sheets=names))


def unreadable(error: TableUnreadable) -> FileUnreadable:
    """What the kit says of the bytes, as a problem."""
    return FileUnreadable(reason=error.code, zh=error.zh, en=error.en)


def _without_header(content: bytes, feed: Feed, kind: str | None) -> Book:
    if not feed.positions:
        raise wrong(feed, (), missing_of(feed, {}))
    try:
        return read_lettered(content, beginning(feed), declared=kind)
    except TableUnreadable as error:
        if error.code == "no-header":
            raise wrong(feed, (), missing_of(feed, {})) from error
        raise unreadable(error) from error
