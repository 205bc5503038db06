"""Why a delivery must be confirmed by a human before it counts: each guard that trips, with its figures.

A truncated file must never end everybody's record. The first snapshot of a feed replaces nothing. All but the last
guard look at the file; the last looks at how it links, before anybody is screened by it.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from china.dates import read_column as read_dates
from china.id_numbers import read_column as read_numbers
from china.text import plain_column
from matcher.batches.tables import Batch
from matcher.feeds.feed import Feed
from matcher.flows.agreed_feeds import map_of
from matcher.flows.desk import Desk

Tripped = dict[str, dict[str, Any]]
LEAST_ROWS = 20  # below it one row more or less would move a share too far
DIGITS = 4
MATCH_RATE = "match-rate"


def guards_of(desk: Desk, batch: Batch, records: pl.DataFrame, last: Batch | None) -> Tripped:
    """What trips for `batch`, whose rows are counted; `records` are those taken, `last` is the snapshot it replaces."""
    found = _stated(batch, last)
    if last is not None and batch.load == "snapshot":
        found |= _rows(desk, batch, last)
        feed = map_of(desk.database, batch)
        columns = list(dict.fromkeys([*_important(feed), "birth_date", *([feed.row_key] if feed.row_key else [])]))
        before = desk.files.records(last.id, last.chunks, columns)
        if min(records.height, before.height) >= LEAST_ROWS:
            found |= _identifiers(desk, feed, records, before)
            found |= _blanks(desk, feed, records, before)
    return found


def match_guard(desk: Desk, now: Mapping[str, int], before: Mapping[str, int] | None) -> Tripped:
    """Whether the share of records linked to the registry is far from the last snapshot's. Both count the records by
    grade, and those in no registry (`unregistered`)."""
    if before is None or min(_all(now), _all(before)) < LEAST_ROWS:
        return {}
    here, there = _linked(now) / _all(now), _linked(before) / _all(before)
    if abs(here - there) <= desk.settings.guard_match_rate:
        return {}
    return {MATCH_RATE: {"share": round(here, DIGITS), "before": round(there, DIGITS)}}


def _all(counts: Mapping[str, int]) -> int:
    return sum(count for name, count in counts.items() if name != "in_review")


def _linked(counts: Mapping[str, int]) -> int:
    return counts.get("certain", 0) + counts.get("probable", 0)


def _stated(batch: Batch, last: Batch | None) -> Tripped:
    """What the sender said beforehand, and is not so."""
    found: Tripped = {}
    if batch.expected_rows is not None and batch.expected_rows != batch.rows_total:
        found["rows-unexpected"] = {"expected": batch.expected_rows, "rows": batch.rows_total}
    present = last.id if last is not None else None
    if batch.supersedes is not None and batch.supersedes != present:
        found["supersedes-outdated"] = {"stated": batch.supersedes, "present": present}
    return found


def _rows(desk: Desk, batch: Batch, last: Batch) -> Tripped:
    total, before = batch.rows_total or 0, last.rows_total or 0
    found: Tripped = {}
    if total < before * (1 - desk.settings.guard_row_loss):
        found["rows-lost"] = {"rows": total, "before": before}
    rejected = (batch.outcomes or {}).get("rejected", 0)
    if total and rejected > total * desk.settings.guard_rejects:
        found["rows-rejected"] = {"rejected": rejected, "rows": total}
    if batch.extracted_at and last.extracted_at and batch.extracted_at < last.extracted_at:
        days = {"extracted_at": batch.extracted_at.isoformat(), "before": last.extracted_at.isoformat()}
        found["extract-older"] = days
    return found


def _identifiers(desk: Desk, feed: Feed, records: pl.DataFrame, before: pl.DataFrame) -> Tripped:
    """The same row key, or the same name and birth, with another number: a column slipped, or rows were mixed up."""
    both = _known(records, feed).join(_known(before, feed), on="who", suffix="_before")
    other = both.filter(pl.col("said") != pl.col("said_before"))  # most are written alike, and need no reading
    changed = int((_number(other["said"]) != _number(other["said_before"])).sum())
    if both.height < LEAST_ROWS or changed <= both.height * desk.settings.guard_identifiers:
        return {}
    return {"identifiers-changed": {"changed": changed, "compared": both.height}}


def _number(cells: pl.Series) -> pl.Series:
    """A number however it is written; one that is none stays what was sent."""
    read = read_numbers(cells)
    return pl.select(pl.coalesce(read["id18"], read["text"], cells)).to_series(0)


def _known(records: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """who, said: of those who are known by something else than their number, and by that alone, the number as sent."""
    cells = records.select("name", "birth_date", pl.col("id_number").alias("said"))
    own = plain_column(records[feed.row_key]) if feed.row_key and feed.row_key in records.columns else None
    if own is None:
        known = _by_birth(cells)
    else:
        keyed = cells.with_columns((pl.lit("k:") + own).alias("who"))
        known = pl.concat(
            [keyed.filter(own.is_not_null()).select("who", "said"), _by_birth(cells.filter(own.is_null()))]
        )
    return known.drop_nulls().filter(pl.len().over("who") == 1)


def _by_birth(cells: pl.DataFrame) -> pl.DataFrame:
    stated = read_dates(cells["birth_date"])["date"]
    born = pl.select(pl.coalesce(stated, read_numbers(cells["said"])["birth_date"]).cast(pl.String)).to_series(0)
    who = pl.select(pl.concat_str(pl.lit("p:"), plain_column(cells["name"]), pl.lit("|"), born)).to_series(0)
    return pl.DataFrame({"who": who, "said": cells["said"]}, schema={"who": pl.String, "said": pl.String})


def _important(feed: Feed) -> list[str]:
    """Columns without which a delivery is hardly worth having: those agreed to be there, and what identifies a row."""
    required = [column.name for column in feed.columns if column.required]
    return list(dict.fromkeys(["name", "id_number", *required, *(name for group in feed.any_of for name in group)]))


def _blanks(desk: Desk, feed: Feed, records: pl.DataFrame, before: pl.DataFrame) -> Tripped:
    """Important columns that are far emptier than in the last snapshot."""
    emptier = {}
    for name in _important(feed):
        if name not in records.columns or name not in before.columns:
            continue
        here, there = (_empty_share(frame[name]) for frame in (records, before))
        if here - there > desk.settings.guard_blanks:
            emptier[name] = {"empty_share": round(here, DIGITS), "before": round(there, DIGITS)}
    return {"columns-emptied": {"columns": emptier}} if emptier else {}


def _empty_share(cells: pl.Series) -> float:
    return float(plain_column(cells).null_count() / len(cells))
