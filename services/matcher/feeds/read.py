"""A delivery as bytes → records, and for every row what became of it and everything that is wrong with it.

Losing a person is worse than a warning: only a row that names nobody is rejected. Text stays as the agency sent
it; columns the map does not know are not kept (a feed carries what its agreement names and nothing else).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

import polars as pl

from china.id_numbers import read_column
from china.text import plain_column
from kit.grids import opening_of
from kit.tables_in import Skipped, Table, TableUnreadable
from matcher.feeds.checks import marks_of, repeats_of
from matcher.feeds.feed import Column, Feed
from matcher.feeds.headers import columns_of, unit_of
from matcher.feeds.issue_lists import issue_lists
from matcher.feeds.issues import issue_by_line, issue_json
from matcher.feeds.marks import Mark
from matcher.feeds.places import PARTS, WHERE, places_of
from matcher.feeds.renames import as_sent_there
from matcher.feeds.severities import as_agreed, refused_by
from matcher.feeds.sheets import Sheet, Sheets, open_sheets, unreadable
from matcher.feeds.values import with_unit
from matcher.frames import RECORD

__all__ = ["OUTCOMES", "Reading", "check_columns", "columns_of", "read"]

OUTCOMES = ("accepted", "accepted_with_warnings", "duplicate_in_batch", "rejected")
# A double keeps 15 significant digits: a longer identifier in a numeric cell is destroyed, a shorter one is whole.
EXACT_DIGITS = 15
OPENING_BYTES = 4 << 20  # of a long text, what is judged while its sender waits
IDENTIFIERS = ("id_number", "card", "household", "area")
SEEN = "seen:"  # beside a column: what was seen of its cells


@dataclass(frozen=True)
class SheetRead:
    """One sheet of a delivery: its lines in the delivery are its own lines and `before` more."""

    name: str | None
    before: int
    rows: int
    skipped: Skipped


@dataclass(frozen=True)
class Reading:
    """What a delivery held. `rows`: one per data row with line, row_key (the sender's own), outcome, issues (JSON), and
    where it stands: sheet, row (as the spreadsheet shows it) and, where a row names several people, part (from 1).

    `line` is the row's own number in the delivery and never given twice: the row of the spreadsheet where that is
    enough, else see feeds.places. `records` = the accepted rows: RECORD columns and the feed's own, all text; `id` is
    `batch_id:line`; none of a feed that is about nobody, whose accepted rows are `entries`.
    `counts` by outcome sum up to the rows; `issues` counts by code; `columns` says per header what it was taken for.
    """

    records: pl.DataFrame
    rows: pl.DataFrame
    counts: Mapping[str, int]
    issues: Mapping[str, int]
    columns: Mapping[str, str | None]
    skipped: Skipped
    kind: str
    encoding: str | None
    sheets: tuple[SheetRead, ...] = ()
    beside: tuple[str, ...] = ()  # sheets that are no part of the table
    hidden: tuple[str, ...] = ()  # sheets nobody sees: not read
    people: tuple[Mapping[str, str], ...] = ()  # of a row that names several: our column → header, for each part
    entries: pl.DataFrame | None = None

    def understood(self) -> dict[str, Any]:
        """How the file was understood, for its sender and for `places.place_of`: no cell of it."""
        return {
            "columns": dict(self.columns),
            "issues": dict(self.issues),
            "skipped": asdict(self.skipped),
            "kind": self.kind,
            "encoding": self.encoding,
            "sheets": [asdict(sheet) for sheet in self.sheets],
            "beside": list(self.beside),
            "hidden": list(self.hidden),
            "people": [dict(person) for person in self.people],
        }


def read(
    content: bytes,
    feed: Feed,
    declared_type: str | None = None,
    batch_id: str | None = None,
    on: date | None = None,
) -> Reading:
    """Read one delivery of `feed`.

    `declared_type` is a file name or media type, only a hint. `on` is the day of the delivery: dates after it are
    marked; without it they are not looked for, so that reading again gives the same answer.
    Raises FileUnreadable (no table) and FeedColumnsWrong (not this feed's columns); then nothing was read.
    """
    found = open_sheets(content, feed, declared_type)
    frame, marks = _canonical(found, feed)
    numbers = read_column(frame["id_number"], on)
    nobody = plain_column(frame["name"]).is_null() & ~numbers["valid"].fill_null(False)
    if feed.about == "nobody":
        nobody = frame.select(pl.all_horizontal(pl.col(_own(feed)).is_null())).to_series(0)
    marks += marks_of(frame, feed, {name: sent[0] for name, sent in _headers(found).items()}, numbers, on)
    marks = as_agreed(marks, feed.severities)
    nameless, nobody = nobody, nobody | refused_by(marks, feed.severities, frame.height)
    first = repeats_of(frame)
    repeated = first.is_not_null() & ~nobody
    marks = [
        Mark(nameless, issue_json("row-empty" if feed.about == "nobody" else "row-without-identity", None)),
        Mark(repeated, issue_by_line("row-repeated", None, first, places_of(frame, first))),
        *marks,
    ]
    rows = _rows(frame, feed.row_key, nobody, repeated, issue_lists(as_sent_there(marks, frame, found)))
    counts = {outcome: int((rows["outcome"] == outcome).sum()) for outcome in OUTCOMES}
    assert sum(counts.values()) == frame.height, "every row has exactly one outcome"
    accepted = frame.filter(~(nobody | repeated))
    records = _identified(_at_home(accepted, feed, batch_id), batch_id)
    return Reading(
        records=records.clear() if feed.about == "nobody" else records,
        rows=rows,
        counts=counts,
        issues=_by_code(marks),
        columns=_taken(found),
        skipped=_together([sheet.table.skipped for sheet in found.sheets]),
        kind=found.sheets[0].table.kind,
        encoding=found.sheets[0].table.encoding,
        sheets=tuple(
            SheetRead(one.table.sheet, one.before, one.table.rows_total, one.table.skipped) for one in found.sheets
        ),
        beside=found.beside,
        hidden=found.hidden,
        people=max((one.people for one in found.sheets), key=len) if feed.people else (),
        entries=accepted.select("line", *_own(feed)) if feed.about == "nobody" else None,
    )


def check_columns(content: bytes, feed: Feed, declared_type: str | None = None) -> dict[str, tuple[str, ...]]:
    """What a delivery's columns were taken for (our column → headers as sent), without reading its rows' values.

    The check at the door: raises FileUnreadable and FeedColumnsWrong as `read` would, and FileUnreadable where there is
    no row: a header alone is an export that failed, and must not end everybody's record. Of a text longer than
    OPENING_BYTES only what it begins with is judged: nobody is kept waiting for what the worker reads anyhow.
    """
    opening = opening_of(content[:OPENING_BYTES]) if len(content) > OPENING_BYTES else None
    found = open_sheets(content if opening is None else opening, feed, declared_type)
    if not any(sheet.table.frame.height for sheet in found.sheets):
        raise unreadable(TableUnreadable("no-rows"))
    return _headers(found)


def _headers(found: Sheets) -> dict[str, tuple[str, ...]]:
    """Our column → headers, as the first sheet that has the column calls it."""
    headers: dict[str, tuple[str, ...]] = {}
    for sheet in found.sheets:
        for name, sent in sheet.of_person(0).items():
            headers.setdefault(name, sent)
    return headers


def _taken(found: Sheets) -> dict[str, str | None]:
    """Header as sent → our column, of all sheets and all people of a row."""
    taken: dict[str, str | None] = {header: None for sheet in found.sheets for header in sheet.table.headers}
    for sheet in found.sheets:
        for part in range(len(sheet.people)):
            taken |= {header: name for name, sent in sheet.of_person(part).items() for header in sent}
    return taken


def _together(skipped: list[Skipped]) -> Skipped:
    return Skipped(*(sum(getattr(one, part.name) for one in skipped) for part in fields(Skipped)))


def _own(feed: Feed) -> list[str]:
    return [column.name for column in feed.columns]


def _canonical(found: Sheets, feed: Feed) -> tuple[pl.DataFrame, list[Mark]]:
    """All rows under our names, with what was seen of their cells on the way; identity completed as the map says."""
    parts = [_part(sheet, part, feed) for sheet in found.sheets for part in range(len(sheet.people))]
    both = pl.concat(parts) if len(parts) > 1 else parts[0]
    if len(parts) > 1:
        both = both.sort("line", maintain_order=True)
    frame = both.select(pl.all().exclude(f"^{SEEN}.*$"))
    headers = _headers(found)
    marks = [Mark(both[f"{SEEN}unheaded"], issue_json("row-unheaded", None))]
    for column in feed.columns:
        if column.kind in IDENTIFIERS and column.name in headers:
            header = headers[column.name][0]
            text = issue_json("id-cell-numeric", header, column=header)
            marks.append(Mark(both[f"{SEEN}{column.name}"], text))
    return _completed(frame, feed), marks


def _part(sheet: Sheet, part: int, feed: Feed) -> pl.DataFrame:
    """The rows of one sheet, of the person in place `part` of each: line, WHERE, the map's columns, marks (SEEN…)."""
    table, headers = sheet.table, sheet.of_person(part)
    columns: dict[str, pl.Series] = {}
    for column in feed.columns:
        cells, destroyed = _cells(table, column, headers.get(column.name, ()))
        columns[column.name] = cells
        if column.kind in IDENTIFIERS:
            columns[f"{SEEN}{column.name}"] = destroyed
    row = table.frame["line"]
    line = row + sheet.before
    frame = pl.DataFrame(
        {
            "line": line * PARTS + part + 1 if feed.people else line,
            "sheet": pl.repeat(table.sheet, row.len(), dtype=pl.String, eager=True),
            "row": row,
            "part": pl.repeat(part + 1 if feed.people else None, row.len(), dtype=pl.Int32, eager=True),
            f"{SEEN}unheaded": _unheaded(sheet) if part == 0 else pl.repeat(False, row.len(), eager=True),
            **columns,
        },
        schema_overrides={"line": pl.Int32},
    )
    if part == 0:  # the first is a row whatever it says: nothing that was sent goes without an answer
        return frame
    theirs = [name for name in sheet.people[part] if name in columns]
    return frame.filter(pl.any_horizontal(pl.col(theirs).is_not_null()))


def _cells(table: Table, column: Column, headers: tuple[str, ...]) -> tuple[pl.Series, pl.Series]:
    """The cells of a column, and which of them were destroyed before they came (and are left out)."""
    height = table.frame.height
    lost = pl.repeat(False, height, dtype=pl.Boolean, eager=True)
    parts = []
    for header in headers:
        cells = table.frame[header]
        if column.kind in IDENTIFIERS:
            destroyed = table.was_numeric(header) & (cells.str.len_chars() > EXACT_DIGITS).fill_null(False)
            lost |= destroyed
            cells = pl.select(pl.when(~destroyed).then(cells)).to_series(0)
        elif column.kind == "money":
            cells = with_unit(cells, unit_of(header) or column.unit)
        parts.append(cells)
    blank = pl.repeat(None, height, dtype=pl.String, eager=True)
    if not parts:
        return blank, lost
    if column.join:
        joined = pl.select(pl.concat_str(*parts, separator="、", ignore_nulls=True)).to_series(0)
        return pl.select(pl.when(joined != "").then(joined)).to_series(0), lost
    return pl.select(pl.coalesce(*parts, blank)).to_series(0), lost


def _unheaded(sheet: Sheet) -> pl.Series:
    """Rows with a filled cell under no header that is nobody's either."""
    table = sheet.table
    used = {header for part in range(len(sheet.people)) for sent in sheet.of_person(part).values() for header in sent}
    if not table.nameless:
        return table.frame["line"].is_in(list(table.unheaded))
    spare = [header for header in table.nameless if header not in used]
    if not spare or len(table.nameless) == len(table.headers):  # a list without a header has none to stand outside of
        return pl.repeat(False, table.frame.height, dtype=pl.Boolean, eager=True)
    return table.frame.select(pl.any_horizontal(pl.col(spare).is_not_null())).to_series(0)


def _completed(frame: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """With the number that identifies each row, and an address where its parts were sent."""
    absent = [name for name in ("name", "id_number", "address") if name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    if feed.id_number_from:
        usable = [pl.Series(name, read_column(frame[name])["text"].is_not_null()) for name in feed.id_number_from]
        number = pl.coalesce(
            *(pl.when(ok).then(pl.col(name)) for ok, name in zip(usable, feed.id_number_from, strict=True)),
            *feed.id_number_from,
        )
        frame = frame.with_columns(id_number=number)
    if feed.address_from:
        joined = pl.concat_str(feed.address_from, ignore_nulls=True).replace("", None)
        frame = frame.with_columns(address=pl.coalesce("address", joined))
    return frame


def _at_home(frame: pl.DataFrame, feed: Feed, batch_id: str | None) -> pl.DataFrame:
    """People of one row are one household: where the list gives it no number of its own, the row is it."""
    if feed.people is None:
        return frame
    own = [pl.col("household")] if "household" in frame.columns else []
    row = pl.format("{}/{}", pl.lit(batch_id or ""), pl.col("line") // PARTS)
    return frame.with_columns(household=pl.coalesce(*own, row))


def _identified(frame: pl.DataFrame, batch_id: str | None) -> pl.DataFrame:
    prefix = "" if batch_id is None else f"{batch_id}:"
    frame = frame.drop(WHERE).with_columns(id=pl.lit(prefix) + pl.col("line").cast(pl.String))
    absent = [pl.lit(None, dtype=pl.String).alias(name) for name in RECORD if name not in frame.columns]
    frame = frame.with_columns(absent)
    return frame.select(*RECORD, *(name for name in frame.columns if name not in RECORD))


def _rows(
    frame: pl.DataFrame, row_key: str | None, nobody: pl.Series, repeated: pl.Series, issues: pl.Series
) -> pl.DataFrame:
    outcome = (
        pl.when(nobody)
        .then(pl.lit("rejected"))
        .when(repeated)
        .then(pl.lit("duplicate_in_batch"))
        .when(issues != "[]")
        .then(pl.lit("accepted_with_warnings"))
        .otherwise(pl.lit("accepted"))
    )
    key = pl.col(row_key) if row_key else pl.lit(None, dtype=pl.String)
    return frame.select("line", *WHERE, row_key=key, outcome=outcome, issues=issues)


def _by_code(marks: list[Mark]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for mark in marks:
        if count := int(mark.rows.sum()):
            totals[mark.code] = totals.get(mark.code, 0) + count
    return totals
