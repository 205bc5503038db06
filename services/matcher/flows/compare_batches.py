"""What differs between a delivery and the one before it, row by row: added, gone, or changed, and in which columns.

Counted from the sealed chunks when it is first asked for, and kept beside them. No cell is told, only where it stands.
"""

from dataclasses import dataclass

import orjson
import polars as pl
from sqlmodel import Session

from kit.logs import get_logger
from matcher.batches import store
from matcher.batches.files import BatchFiles
from matcher.batches.tables import Batch
from matcher.feeds import store as feeds
from matcher.feeds.feed import Feed
from matcher.feeds.lines import keys_of, own_columns
from matcher.frames import Shape, conform
from matcher.sealed import FileMissing

_log = get_logger("compare_batches")
SAME = "same"
CHANGES = ("added", "gone", "changed", SAME)
# One row of either: the n-th of its key in the order of the file, or of those without a key that say the same.
DIFF: Shape = {
    "position": pl.Int64,
    "change": pl.String,
    "line": pl.Int32,
    "line_before": pl.Int32,
    "columns": pl.String,  # JSON
}


@dataclass(frozen=True)
class Difference:
    """`lines` (DIFF) of every row that is not the same; `counts` by CHANGES."""

    base: Batch
    lines: pl.DataFrame
    counts: dict[str, int]


def base_of(session: Session, batch: Batch) -> Batch | None:
    """The snapshot `batch` replaced, or would."""
    before = [one for one in store.replaced_by(session, batch) if one.load == "snapshot"]
    return before[-1] if before else store.last_snapshot(session, batch)


def compare(session: Session, files: BatchFiles, batch: Batch, base: Batch) -> Difference:
    """The difference; reckoned once. Raises FileMissing before either was read."""
    try:
        lines = files.diff(batch.id, base.id)
    except FileMissing:
        files.rows(batch.id)  # not read yet: nothing to compare
        lines = _compared(session, files, batch, base)
        _keep(files, batch, base, lines)
    counts = dict(lines.group_by("change").len().iter_rows())
    told = {change: int(counts.get(change, 0)) for change in CHANGES}
    return Difference(base, lines.filter(pl.col("change") != SAME), told)


def _keep(files: BatchFiles, batch: Batch, base: Batch, lines: pl.DataFrame) -> None:
    try:
        files.write_diff(batch.id, base.id, lines)
    except OSError as error:
        # A full disk must not keep an agency from the answer: it is reckoned again the next time.
        _log.warning("diff_not_kept", batch_id=batch.id, exc_info=error)


def _compared(session: Session, files: BatchFiles, batch: Batch, base: Batch) -> pl.DataFrame:
    maps = [feeds.load(session, one.feed, one.feed_version) for one in (batch, base)]
    columns = list(dict.fromkeys(name for feed in maps for name in own_columns(feed)))
    now, before = (_numbered(files, one, feed, columns) for one, feed in zip((batch, base), maps, strict=True))
    both = now.join(before, on=["known", "nth"], how="full", suffix="_before", coalesce=True)
    differs = [pl.when(~pl.col(name).eq_missing(pl.col(f"{name}_before"))).then(pl.lit(name)) for name in columns]
    both = both.with_columns(pl.concat_list(differs).list.drop_nulls().alias("which"))
    change = (
        pl.when(pl.col("line_before").is_null()).then(pl.lit("added"))
        .when(pl.col("line").is_null()).then(pl.lit("gone"))
        .when(pl.col("which").list.len() > 0).then(pl.lit("changed"))
        .otherwise(pl.lit(SAME))
    )  # fmt: skip
    found = both.with_columns(change.alias("change")).sort("line", "line_before", nulls_last=True)
    which = [orjson.dumps(names).decode() if kind == "changed" else "[]"
             for kind, names in found.select("change", "which").iter_rows()]  # fmt: skip
    told = found.with_columns(pl.Series("columns", which, dtype=pl.String)).with_row_index("position", offset=1)
    return conform(told, DIFF)


def _numbered(files: BatchFiles, batch: Batch, feed: Feed, columns: list[str]) -> pl.DataFrame:
    """line, known, nth and `columns` of a delivery's records."""
    records = files.records(batch.id, batch.chunks, ["line", *columns])
    absent = [pl.lit(None, dtype=pl.String).alias(name) for name in columns if name not in records.columns]
    frame = records.with_columns(absent).select(pl.col("line").cast(pl.Int32), *columns)
    said = frame.select(pl.struct(columns).hash(seed=11).cast(pl.String)).to_series(0)
    known = pl.select(pl.coalesce(keys_of(frame, feed), pl.lit("s:") + said)).to_series(0)
    return frame.with_columns(known.alias("known")).with_columns(pl.int_range(pl.len()).over("known").alias("nth"))
