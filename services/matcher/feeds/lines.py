"""A line of deliveries (a feed of one agency for one area): what a delta says of the records that are there already.

A record is known in its line by the sender's own key, where the feed has one and the row bears it, else by the resident
number. A row of a delta adds, replaces or ends the record of its key; a row without a key can only add.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from china.id_numbers import read_column
from china.text import plain_column
from matcher.feeds.feed import Feed
from matcher.feeds.issues import issue_json
from matcher.feeds.read import Reading
from matcher.feeds.values import typed
from matcher.frames import RECORD, Shape

REMOVED = "removed"  # the code of an operation that ends a record
# A record of the line as it stands: what it is known by, and what it says (comparable within one process).
PRESENT: Shape = {"batch_id": pl.String, "line": pl.Int32, "key": pl.String, "said": pl.UInt64}
_WHERE = ("id", "line")  # where a row stood, which is not what it says


@dataclass(frozen=True)
class Settled:
    """A delta beside its line: the reading with its rows' outcomes, its records only those that are new or changed;
    `keys` are those whose earlier records no longer count."""

    reading: Reading
    keys: pl.Series


def keys_of(records: pl.DataFrame, feed: Feed) -> pl.Series:
    """What each record is known by in its line; null where it bears neither the sender's key nor a sound number."""
    number = read_column(records["id_number"])["id18"]
    own = plain_column(records[feed.row_key]) if feed.row_key and feed.row_key in records.columns else None
    by_number = pl.select(pl.lit("n:") + number).to_series(0)
    if own is None:
        return by_number.alias("key")
    return pl.select(pl.coalesce(pl.lit("k:") + own, by_number)).to_series(0).alias("key")


def key_columns(feed: Feed) -> list[str]:
    """The columns `keys_of` looks at, and the line."""
    return list(dict.fromkeys(["line", "id_number", *([feed.row_key] if feed.row_key else [])]))


def own_columns(feed: Feed) -> list[str]:
    """Everything a record of this feed says of its person: all its columns but the operation."""
    names = dict.fromkeys([*RECORD, *(column.name for column in feed.columns)])
    return [name for name in names if name not in (*_WHERE, feed.operation)]


def said_of(records: pl.DataFrame, feed: Feed) -> pl.Series:
    """A print of what each record says. Not to be kept: another version of the library prints otherwise."""
    names = [name for name in own_columns(feed) if name in records.columns]
    return records.select(pl.struct(names).hash(seed=11)).to_series(0).alias("said")


def settle_delta(reading: Reading, feed: Feed, present: pl.DataFrame) -> Settled:
    """What becomes of each row of a delta, given the records of its line (PRESENT).

    Of several rows of one key the last counts. A row that says what the line says already is `unchanged`; one that ends
    a record nobody has is told so.
    """
    records = reading.records
    removes = _removes(records, feed)
    frame = pl.DataFrame(
        {"line": records["line"], "key": keys_of(records, feed), "said": said_of(records, feed), "removes": removes}
    )
    known = (
        present.filter(pl.col("key").is_not_null())
        .group_by("key")
        .agg(pl.len().alias("there"), pl.col("said").first().alias("before"))
    )
    frame = frame.join(known, on="key", how="left", maintain_order="left").with_columns(
        (pl.col("key").is_not_null() & (pl.col("line") < pl.col("line").max().over("key"))).alias("late"),
        pl.col("there").fill_null(0),
    )
    same = (pl.col("there") == 1) & (pl.col("said") == pl.col("before")).fill_null(value=False)
    frame = frame.with_columns(
        pl.when("late").then(pl.lit("superseded"))
        .when(same & ~pl.col("removes")).then(pl.lit("unchanged"))
        .alias("now"),
        (~pl.col("late") & pl.col("removes") & (pl.col("there") == 0)).alias("in_vain"),
    )  # fmt: skip
    stays = frame["now"].is_null() & ~frame["removes"]
    ends = frame.filter(pl.col("now").is_null() & pl.col("key").is_not_null())["key"].unique()
    told = _outcomes(reading.rows, frame.select("line", "now", "in_vain"))
    return Settled(
        replace(
            reading,
            records=records.filter(stays),
            rows=told,
            counts=dict(told.group_by("outcome").len().iter_rows()),
            issues=_with(reading.issues, "removal-in-vain", int(frame["in_vain"].sum())),
        ),
        ends,
    )


def _removes(records: pl.DataFrame, feed: Feed) -> pl.Series:
    if feed.operation is None or feed.operation not in records.columns:
        return pl.Series([False]).new_from_index(0, records.height)
    return (typed(records, feed, feed.operation) == REMOVED).fill_null(value=False)


def _outcomes(rows: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The rows with their outcomes; whoever ended nobody hears of it beside what else is wrong with the row."""
    issue = issue_json("removal-in-vain", None)
    joined = rows.join(found, on="line", how="left", maintain_order="left")
    in_vain = pl.col("in_vain").fill_null(value=False)
    issues = (
        pl.when(in_vain & (pl.col("issues") == "[]")).then(pl.lit(f"[{issue}]"))
        .when(in_vain).then(pl.concat_str(pl.col("issues").str.strip_suffix("]"), pl.lit(f",{issue}]")))
        .otherwise("issues")
    )  # fmt: skip
    warned = pl.when(in_vain).then(pl.lit("accepted_with_warnings")).otherwise("outcome")
    return joined.with_columns(issues.alias("issues"), pl.coalesce("now", warned).alias("outcome")).select(rows.columns)


def _with(issues: Mapping[str, int], code: str, count: int) -> dict[str, int]:
    return {**issues, code: count} if count else dict(issues)
