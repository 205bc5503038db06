"""What two sides on Spark show: the same sample that `linkage.train` draws, compared there, counted at the driver."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyspark.sql import functions as sf

from matcher.linkage.counts import Counts
from matcher.linkage.learn import Seen
from matcher.linkage.model import Model
from matcher.linkage.search import NO_BOUND
from matcher.linkage.train import PEOPLE, RECORDS, drawn, drawn_pairs, strangeness, strangers_of
from matcher.spark import parts, wire
from matcher.spark.shelf import here

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from matcher.spark.chain import Run


def look(run: "Run", start: Model) -> Seen:
    """As `linkage.train.look_at`, of two sides that are not empty."""
    records = _sample(run.sides.records, RECORDS)
    people = _sample(run.sides.people, PEOPLE)
    asking = run.shelf.put("sampled", pl.DataFrame({"record": records}))
    pairs = run.met.pairs.join(asking, "record")
    patterns = run.compared("sampled-pairs", pairs, pairs.count(), NO_BOUND)
    counts = here(patterns.groupBy("pattern").agg(sf.count("*").alias("many"))).sort("pattern")
    distinct, frequency = counts["pattern"].to_numpy().astype(np.int64), counts["many"].to_numpy().astype(np.int64)
    return Seen(distinct, frequency, _strangers(run, start, (records, people)), run.sides.ids, len(records))


def _sample(side: "DataFrame", most: int) -> NDArray[np.int64]:
    """The rows that `linkage.train.drawn` draws of a side, in its order."""
    smallest = here(side.select("tie").orderBy("tie").limit(most))["tie"]
    chosen = side.filter(sf.col("tie") <= int(smallest[-1])).select(*wire.CARRIED.names)
    table = chosen.toArrow().sort_by("row")
    order = drawn(wire.side_of(table), wire.numbers(table, "tie"), most)
    rows: NDArray[np.int64] = wire.numbers(table, "row")[order]
    return rows


def _strangers(run: "Run", start: Model, sampled: tuple[NDArray[np.int64], NDArray[np.int64]]) -> Counts:
    pairs = drawn_pairs(*sampled)
    asked = run.shelf.put("stranger-pairs", pl.DataFrame({"record": pairs >> 32, "row": pairs & 0xFFFFFFFF}))
    both = run.beside(asked.join(run.asking.select("record", "group"), "record"), len(pairs))
    found = here(both.mapInArrow(parts.strangers, wire.ddl(parts.STRANGER))).sort("record", "row")
    patterns, free = found["pattern"].to_numpy().astype(np.int64), found["free"].to_numpy().astype(np.int8)
    return strangers_of(patterns, free, strangeness(patterns, start, run.sides.ids))
