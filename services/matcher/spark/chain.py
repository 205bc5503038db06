"""The whole chain on Spark: the steps of `linkage.chain`, each of them a join or the linkage's own functions on parts.

Pairs are compared where both rows are brought together; how often each pattern stands there comes to the driver, which
trains, and reckons the odds of every pattern once, so that a score is looked up and never depends on who reckoned it.
Whatever one household's records decide among themselves is decided in one part, which holds whole households.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from pyspark.sql import functions as sf

from matcher.frames import LINK, conform, empty
from matcher.linkage import levels as scale
from matcher.linkage.block import KEY_NAMES, LOOSE_CAP
from matcher.linkage.chain import Linked, report_of, with_levels
from matcher.linkage.doubts import retired
from matcher.linkage.learn import TrainingFailed, learn
from matcher.linkage.levels import Patterns, code
from matcher.linkage.model import Model
from matcher.linkage.search import LINKING, NO_BOUND, Bound, bound
from matcher.linkage.weigh import weigh
from matcher.spark import learning, parts, wire
from matcher.spark.meet import Met, meet, spots
from matcher.spark.parts import Scores
from matcher.spark.shelf import Shelf, here
from matcher.spark.sides import Sides

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MOST_PAIRS: Final = 2_000_000_000
_SAID: Final = ("row", "said", "entry", "letters", "count", "rarity", "full")


@dataclass(frozen=True)
class Run:
    """Two sides on a shelf, and how many pairs may be compared."""

    shelf: Shelf
    sides: Sides
    most: int = MOST_PAIRS

    @cached_property
    def keys(self) -> "tuple[DataFrame, DataFrame]":
        """By which values people and records can be met: parts.KEYS with `spot`."""
        made = []
        for name, side in (("people", self.sides.people), ("records", self.sides.records)):
            values = side.select(*wire.CARRIED.names).mapInArrow(parts.keys, wire.ddl(parts.KEYS))
            made.append(self.shelf.keep(f"keys-{name}", values))
        spot = spots(made[0]).alias("spot")
        people, records = (keys.select("*", spot) for keys in made)
        return people, records

    @cached_property
    def met(self) -> Met:
        """Everybody who is brought together by some key."""
        return meet(self.shelf, *self.keys, self.most)

    @cached_property
    def asking(self) -> "DataFrame":
        """Records as they are compared: with their group, and the homes of those who hold their number."""
        homes = sf.coalesce("homes", sf.array().cast("array<bigint>")).alias("homes")
        records = self.sides.records.withColumnRenamed("row", "record").join(self.met.homes, "record", "left")
        group = sf.when(sf.col("household") >= 0, sf.col("household")).otherwise(-2 - sf.col("record")).alias("group")
        told = [sf.col(name) for name in _SAID if name != "row"]
        return self.shelf.keep("asking-records", records.select("record", group, "household", homes, *told))

    def beside(self, pairs: "DataFrame", count: int) -> "DataFrame":
        """So many pairs (group, record, row) with all that is said on both sides, whole households in one part."""
        ours = self.sides.people.select(*_SAID, "person", "tie")
        none = sf.array().cast("array<bigint>")
        people = pairs.select("group", "record", "row").join(ours, "row").withColumn("homes", none)
        records = self.asking.join(pairs.select("group").distinct(), "group", "left_semi")
        lone = sf.lit(-1).cast("bigint")
        records = records.select(
            "group", "record", lone.alias("row"), *_SAID[1:], lone.alias("person"), lone.alias("tie"), "homes"
        )
        rows = count + self.sides.record_rows
        return people.unionByName(records).repartition(self.shelf.tasks(rows), "group")

    def compared(self, name: str, pairs: "DataFrame", count: int, limit: Bound) -> "DataFrame":
        """parts.PAIR of those pairs that `limit` lets pass."""
        both = self.beside(pairs, count)
        return self.shelf.keep(name, both.mapInArrow(parts.Comparing(limit).__call__, wire.ddl(parts.PAIR)))


def train(run: Run, start: Model) -> Model:
    """As `linkage.train.train_on`: the model fitted to both sides. Raises TrainingFailed."""
    if not run.sides.people_rows or not run.sides.record_rows:
        raise TrainingFailed("nothing to learn from: a side is empty")
    return learn(learning.look(run, start), start).model


def link(run: Run, model: Model) -> Linked:
    """As `linkage.chain.link_encoded`: candidates of every record. Raises TooManyPairs."""
    if not run.sides.people_rows or not run.sides.record_rows:
        nothing = dict.fromkeys(("pairs", "new", "retired"), 0)
        yields = pl.DataFrame({"key": KEY_NAMES}).with_columns(pl.lit(0, pl.Int64).alias(name) for name in nothing)
        return _linked(run, with_levels(empty(LINK)), yields, model)
    limit = bound(model, run.sides.ids, model.thresholds["floor"], LINKING)
    first = run.compared("first", run.met.pairs, run.met.count, limit)
    again = _second_pass(run, first, parts.Deciding(model, _scores(run, first, model)))
    every = first.withColumn("first", sf.lit(True)).unionByName(again.withColumn("first", sf.lit(False)))
    deciding = parts.Deciding(model, _scores(run, every, model))
    count = every.count()
    decided = every.repartition(run.shelf.tasks(count), "group").mapInArrow(deciding.links, wire.ddl(parts.DECIDED))
    return _linked(run, _named(run, decided), run.met.yields, model)


def _scores(run: Run, pairs: "DataFrame", model: Model) -> Scores:
    """The odds of the patterns of these pairs, with whatever their households may come to say."""
    seen = here(pairs.select("pattern").distinct())["pattern"].to_numpy()
    said = [_saying(seen, level) for level in LINKING]
    patterns = np.unique(np.concatenate(said)).astype(np.int64)
    return Scores(patterns, weigh(patterns, model, run.sides.ids))


def _saying(patterns: Patterns, level: str) -> Patterns:
    levels = np.full(len(patterns), code("household", level), dtype=np.int8)
    return scale.replace(patterns, "household", levels)


def _second_pass(run: Run, first: "DataFrame", deciding: parts.Deciding) -> "DataFrame":
    """As `linkage.households.household_pairs`: who else of the households that others of a record's were linked to."""
    whole = first.repartition(run.shelf.tasks(first.count()), "group")
    sure = run.shelf.keep("sure", whole.mapInArrow(deciding.sure, wire.ddl(parts.SURE)))
    ties = sure.filter((sf.col("group") >= 0) & (sf.col("home") >= 0)).select("group", "home").distinct()
    ties = _few(ties, "group")
    placed = sure.select("record").distinct()
    waiting = run.asking.filter(sf.col("household") >= 0).select("group", "record").join(placed, "record", "left_anti")
    housed = run.sides.people.filter(sf.col("household") >= 0).select(sf.col("household").alias("home"), "row")
    near = waiting.join(ties, "group").join(_few(housed, "home"), "home").select("group", "record", "row").distinct()
    more = run.shelf.keep("second-pairs", near.join(first.select("record", "row"), ["record", "row"], "left_anti"))
    return run.compared("second", more, more.count(), NO_BOUND)


def _few(frame: "DataFrame", column: str) -> "DataFrame":
    """Rows whose value of a column is shared by no more than LOOSE_CAP rows."""
    small = frame.groupBy(column).agg(sf.count("*").alias("many")).filter(sf.col("many") <= LOOSE_CAP)
    return frame.join(small.select(column), column)


def _named(run: Run, decided: "DataFrame") -> pl.DataFrame:
    """LINK with the ids of both sides, in the order of the records, and the levels of every pair."""
    people = run.sides.people.select("row", sf.col("id").alias("person_id"))
    records = run.sides.records.select(sf.col("row").alias("record"), sf.col("id").alias("record_id"))
    run.shelf.keep("links", decided.join(people, "row").join(records, "record"))
    # sorted here: an engine may read its own files in any order
    links = pl.read_parquet(run.shelf.folder / "links" / "*.parquet").sort("record", "place")
    return with_levels(conform(links, LINK))


def _linked(run: Run, links: pl.DataFrame, yields: pl.DataFrame, model: Model) -> Linked:
    report = report_of(links, run.sides.record_rows, run.sides.ids, model)
    warnings = [*run.sides.odd, *retired(run.sides.record_rows, yields)]
    return Linked(links, yields, {**report, "engine": "spark", "warnings": warnings})
