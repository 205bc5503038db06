"""A delivery as bytes → records, and for every row what became of it and everything that is wrong with it.

Losing a person is worse than a warning: only a row that names nobody is rejected. Text stays as the agency sent
it; columns the map does not know are not kept (a feed carries what its agreement names and nothing else).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from china.id_numbers import read_column
from china.text import plain_column
from kit.tables_in import Skipped, Table, TableUnreadable, kind_of, plain_header, read_table
from matcher.feeds.checks import Mark, marks_of
from matcher.feeds.feed import Column, Feed, FeedColumnsWrong, FileUnreadable
from matcher.feeds.issues import issue_by_line, issue_json
from matcher.frames import RECORD

OUTCOMES = ("accepted", "accepted_with_warnings", "duplicate_in_batch", "rejected")
# A double keeps 15 significant digits: a longer identifier in a numeric cell is destroyed, a shorter one is whole.
EXACT_DIGITS = 15
IDENTIFIERS = ("id_number", "card", "household", "area")


@dataclass(frozen=True)
class Reading:
    """What a delivery held. `rows`: one per data row with line, row_key (the sender's own), outcome, issues (JSON).

    `records` = the accepted rows: RECORD columns and the feed's own, all text; `id` is `batch_id:line`.
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
    table = _table(content, feed, declared_type)
    headers = columns_of(table.headers, feed)
    frame, dropped = _canonical(table, feed, headers)
    numbers = read_column(frame["id_number"], on)
    nobody = plain_column(frame["name"]).is_null() & ~numbers["valid"].fill_null(False)
    compared = pl.struct(pl.all().exclude("line", "id"))
    first = frame.select(pl.col("line").first().over(compared)).to_series(0)
    repeated = (first != frame["line"]) & ~nobody
    marks = [
        Mark(nobody, issue_json("row-without-identity", None)),
        Mark(repeated, issue_by_line("row-repeated", None, first)),
        Mark(table.frame["line"].is_in(list(table.unheaded)), issue_json("row-unheaded", None)),
        *dropped,
        *marks_of(frame, feed, {name: sent[0] for name, sent in headers.items()}, numbers, on),
    ]
    rows = _rows(frame, feed.row_key, nobody, repeated, _per_line(frame["line"], marks))
    counts = {outcome: int((rows["outcome"] == outcome).sum()) for outcome in OUTCOMES}
    assert sum(counts.values()) == table.frame.height, "every row has exactly one outcome"
    taken = {header: name for name, sent in headers.items() for header in sent}
    return Reading(
        records=_identified(frame.filter(~(nobody | repeated)), batch_id),
        rows=rows,
        counts=counts,
        issues=_by_code(marks),
        columns={header: taken.get(header) for header in table.headers},
        skipped=table.skipped,
        kind=table.kind,
        encoding=table.encoding,
    )


def check_columns(content: bytes, feed: Feed, declared_type: str | None = None) -> dict[str, tuple[str, ...]]:
    """What a delivery's columns were taken for (our column → headers as sent), without reading its rows' values.

    The check at the door: raises FileUnreadable and FeedColumnsWrong as `read` would.
    """
    return columns_of(_table(content, feed, declared_type).headers, feed)


def _table(content: bytes, feed: Feed, declared_type: str | None) -> Table:
    try:
        return read_table(content, feed.known_headers, declared=kind_of(declared_type) if declared_type else None)
    except TableUnreadable as error:
        if error.code == "no-header":
            raise _wrong(feed, (), _missing(feed, frozenset())) from error
        raise FileUnreadable(reason=error.code, zh=error.zh, en=error.en) from error


def columns_of(headers: tuple[str, ...], feed: Feed) -> dict[str, tuple[str, ...]]:
    """Our column → the headers as sent that hold it (one; several only where the map coalesces).

    Raises FeedColumnsWrong with what was found, what is missing and under which headers it may come.
    """
    sent = {plain_header(header): header for header in reversed(headers)}
    found: dict[str, tuple[str, ...]] = {}
    for column in feed.columns:
        present = tuple(dict.fromkeys(sent[p] for name in column.headers if (p := plain_header(name)) in sent))
        if present:
            found[column.name] = present if column.coalesce else present[:1]
    if missing := _missing(feed, frozenset(found)):
        raise _wrong(feed, headers, missing)
    return found


def _missing(feed: Feed, found: frozenset[str]) -> list[tuple[Column, ...]]:
    wanted = [(column,) for column in feed.columns if column.required and column.name not in found]
    groups = [tuple(map(feed.column, group)) for group in feed.any_of if not found & set(group)]
    return [*wanted, *groups]


def _wrong(feed: Feed, headers: tuple[str, ...], missing: list[tuple[Column, ...]]) -> FeedColumnsWrong:
    def one(columns: tuple[Column, ...]) -> str:
        return " 或 ".join(f"{column.title}（可写作：{'、'.join(column.headers[:5])}）" for column in columns)

    # Where hardly a header is known, the line may be a person's: then only what we know is repeated.
    known = {plain_header(header) for header in feed.known_headers}
    understood = tuple(header for header in headers if plain_header(header) in known)
    shown = headers if len(understood) > 1 else understood
    return FeedColumnsWrong(
        feed=feed.id,
        missing="；".join(map(one, missing)),
        found="、".join(shown) or "没有认出任何表头",
        missing_columns=[column.name for columns in missing for column in columns],
        found_headers=list(shown),
    )


def _canonical(table: Table, feed: Feed, headers: Mapping[str, tuple[str, ...]]) -> tuple[pl.DataFrame, list[Mark]]:
    """The table under our names, destroyed identifiers taken out, identity completed as the map says."""
    columns: dict[str, pl.Series] = {}
    dropped: list[Mark] = []
    for column in feed.columns:
        parts = []
        for header in headers.get(column.name, ()):
            cells = table.frame[header]
            if column.kind in IDENTIFIERS:
                destroyed = table.was_numeric(header) & (cells.str.len_chars() > EXACT_DIGITS).fill_null(False)
                dropped.append(Mark(destroyed, issue_json("id-cell-numeric", header, column=header)))
                cells = pl.select(pl.when(~destroyed).then(cells)).to_series(0)
            parts.append(cells)
        blank = pl.repeat(None, table.frame.height, dtype=pl.String, eager=True)
        columns[column.name] = pl.select(pl.coalesce(*parts, blank)).to_series(0) if parts else blank
    frame = pl.DataFrame({"line": table.frame["line"], **columns})
    usable = [pl.Series(name, read_column(frame[name])["text"].is_not_null()) for name in feed.id_number_from]
    number = pl.coalesce(
        *(pl.when(ok).then(pl.col(name)) for ok, name in zip(usable, feed.id_number_from, strict=True)),
        *feed.id_number_from,
    )
    frame = frame.with_columns(id_number=number)
    if feed.address_from:
        joined = pl.concat_str(feed.address_from, ignore_nulls=True).replace("", None)
        frame = frame.with_columns(address=pl.coalesce("address", joined))
    return frame, dropped


def _identified(frame: pl.DataFrame, batch_id: str | None) -> pl.DataFrame:
    prefix = "" if batch_id is None else f"{batch_id}:"
    frame = frame.with_columns(id=pl.lit(prefix) + pl.col("line").cast(pl.String))
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
    return frame.select("line", row_key=key, outcome=outcome, issues=issues)


def _per_line(line: pl.Series, marks: list[Mark]) -> pl.Series:
    """All issues of each row as one JSON list, in the order of the checks."""
    parts = [
        pl.when(mark.rows.fill_null(False)).then(mark.text if isinstance(mark.text, pl.Series) else pl.lit(mark.text))
        for mark in marks
    ]
    joined = pl.concat_str(*parts, separator=",", ignore_nulls=True)
    frame = pl.DataFrame({"line": line}).select(pl.concat_str(pl.lit("["), joined, pl.lit("]")).alias("issues"))
    return frame["issues"]


def _by_code(marks: list[Mark]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for mark in marks:
        if count := int(mark.rows.sum()):
            totals[mark.code] = totals.get(mark.code, 0) + count
    return totals
