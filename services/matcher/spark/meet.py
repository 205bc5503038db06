"""Blocking as joins: who meets whom by which key, exactly as `linkage.search` brings them together.

A value that too many people share is left out before anything is joined by it, so no join can burst on the people's
side; one that very many records ask for is cut into slices, so that no task gets all of them. How many pairs will come
of it is known beforehand, and more than may be are refused.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from pyspark.sql import functions as sf

from matcher.linkage.block import CAPS, KEY_NAMES
from matcher.linkage.cells import table_size
from matcher.linkage.compare import MOST_HOMES
from matcher.spark.shelf import Shelf, here

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

SLICE: Final = 500_000  # pairs of one value that a task makes
_NUMBER: Final = 0  # the key of the number, the surest


class TooManyPairs(ValueError):
    """More pairs would have to be compared than was allowed; the message says by which keys."""


@dataclass(frozen=True)
class Met:
    """Distinct pairs (group, record, row, key: the surest they met by), homes of those who hold a record's number
    (record, homes), and the yield of each key (search.Found.yields)."""

    pairs: "DataFrame"
    homes: "DataFrame"
    yields: pl.DataFrame

    @property
    def count(self) -> int:
        """How many distinct pairs."""
        return int(self.yields["new"].sum())


def spots(people: "DataFrame") -> "Column":
    """Where in the embedded engine's tables a value lies: there two values are one if they agree in their upper half
    and in their bucket, and so they are here. `people`: parts.KEYS of all people."""
    counts = dict(here(people.groupBy("key").agg(sf.count("*").alias("many"))).iter_rows())
    masks = [-1 << 32 | table_size(counts.get(key, 0) // 2) - 1 for key in range(len(CAPS))]
    return sf.col("value").bitwiseAND(_by_key(masks))


def _by_key(values: list[int] | tuple[int, ...]) -> "Column":
    told = sf.array(*(sf.lit(int(value)).cast("bigint") for value in values))
    return sf.element_at(told, sf.col("key") + 1)


def meet(shelf: Shelf, people: "DataFrame", records: "DataFrame", most: int) -> Met:
    """All pairs of `people` (parts.KEYS with `spot`) and `records` (the same) that some key brings together.

    Raises TooManyPairs where they would be more than `most`.
    """
    number = sf.col("key") == _NUMBER
    first = _shared(shelf, "met-number", people.filter(number), records.filter(number))
    _bounded([first], most)
    held = shelf.keep("by-number", first.pairs(people.filter(number), records.filter(number)))
    plain = held.filter((sf.col("full") == sf.col("their_full")) & (sf.col("full") >= 0)).select("record").distinct()
    asking = records.filter(~number).join(plain, records["row"] == plain["record"], "left_anti")
    asking = shelf.keep("asking", asking)
    others = _shared(shelf, "met-others", people.filter(~number), asking)
    _bounded([first, others], most)
    columns = ("group", "record", "row", "key")
    every = held.select(*columns).unionByName(others.pairs(people.filter(~number), asking).select(*columns))
    pairs = shelf.keep("pairs", every.groupBy("group", "record", "row").agg(sf.min("key").alias("key")))
    few = held.filter((sf.col("many") <= MOST_HOMES) & (sf.col("household") >= 0))
    homes = few.groupBy("record").agg(sf.collect_set("household").alias("homes"))
    new = here(pairs.groupBy("key").agg(sf.count("*").alias("new")))
    return Met(pairs, homes, _yields([first.counts, others.counts], new))


def _yields(counts: list[pl.DataFrame], new: pl.DataFrame) -> pl.DataFrame:
    table = np.zeros((3, len(CAPS)), dtype=np.int64)
    for key, pairs, retired in pl.concat(counts).select("key", "pairs", "retired").iter_rows():
        table[0, key], table[2, key] = pairs or 0, retired or 0
    for key, many in new.select("key", "new").iter_rows():
        table[1, key] = many
    return pl.DataFrame({"key": KEY_NAMES, "pairs": table[0], "new": table[1], "retired": table[2]})


def _bounded(shared: "list[_Shared]", most: int) -> None:
    counts = pl.concat([one.counts for one in shared]).sort("pairs", descending=True)
    total = int(counts["pairs"].sum())
    if total <= most:
        return
    worst = "、".join(f"{KEY_NAMES[key]} {pairs:,}" for key, pairs in counts.select("key", "pairs").head(3).iter_rows())
    raise TooManyPairs(
        f"{total:,} pairs would have to be compared, {most:,} are allowed; most come by {worst}. "
        "Raise --most-pairs, or link the feed in parts"
    )


@dataclass(frozen=True)
class _Shared:
    """Values that people and records share: (key, spot, many people, slices), and pairs and retired by key."""

    values: "DataFrame"
    counts: pl.DataFrame

    def pairs(self, people: "DataFrame", records: "DataFrame") -> "DataFrame":
        """Everybody with everybody of the same value: people's row, household and full, the record's group and full."""
        ours = people.join(self.values, ["key", "spot"])
        ours = ours.select("key", "spot", "row", "household", "full", "many", "slices")
        ours = ours.withColumn("slice", sf.explode(sf.sequence(sf.lit(0).cast("bigint"), sf.col("slices") - 1)))
        theirs = records.join(self.values, ["key", "spot"]).select(
            "key",
            "spot",
            sf.col("row").alias("record"),
            sf.col("full").alias("their_full"),
            sf.when(sf.col("household") >= 0, sf.col("household")).otherwise(-2 - sf.col("row")).alias("group"),
            (sf.col("row") % sf.col("slices")).alias("slice"),
        )
        return ours.join(theirs, ["key", "spot", "slice"])


def _shared(shelf: Shelf, name: str, people: "DataFrame", records: "DataFrame") -> _Shared:
    many = people.groupBy("key", "spot").agg(sf.count("*").alias("many"))
    asked = records.groupBy("key", "spot").agg(sf.count("*").alias("asked"))
    both = shelf.keep(name, many.join(asked, ["key", "spot"]))
    fits = sf.col("many") <= _by_key(CAPS)
    pairs = sf.sum(sf.when(fits, sf.col("many") * sf.col("asked")).otherwise(0)).alias("pairs")
    retired = sf.sum(sf.when(fits, 0).otherwise(sf.col("asked"))).alias("retired")
    counts = here(both.groupBy("key").agg(pairs, retired)).select(
        pl.col("key").cast(pl.Int64), pl.col("pairs").cast(pl.Int64), pl.col("retired").cast(pl.Int64)
    )
    slices = sf.ceil(sf.col("many") * sf.col("asked") / SLICE).cast("bigint").alias("slices")
    return _Shared(both.filter(fits).select("key", "spot", "many", slices), counts)
