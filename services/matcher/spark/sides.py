"""Both sides as tables: encoded row by row, then told what only all rows together know: who stands in several rows, how
many people bear a name, how rare that makes it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from pyspark.sql import functions as sf

from matcher.linkage.doubts import Alike, Looked, Warned, odd
from matcher.linkage.rows import PLACES, smoothed
from matcher.spark import parts, wire
from matcher.spark.shelf import Shelf, here

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_PAGE: Final = 0x10000
_WORDS: Final = ("full", "village")  # in the order of doubts.Looked.alike


@dataclass(frozen=True)
class Sides:
    """Both sides whole. `people`: wire.CARRIED with `person` (the first row of the id), `count` and `rarity` of names;
    `records` the same without `person`; `ids`: distinct people; `odd`: what is odd of either side."""

    people: "DataFrame"
    records: "DataFrame"
    people_rows: int
    record_rows: int
    ids: int
    odd: list[Warned]


def encoded(shelf: Shelf, name: str, raw: "DataFrame", areas: pl.DataFrame | None = None) -> "DataFrame":
    """IDENTITY rows with their `row` → wire.CARRIED."""
    tasks = raw.mapInArrow(parts.Encoding(areas).__call__, wire.ddl(wire.CARRIED))
    return shelf.keep(name, tasks)


def sides(shelf: Shelf, people: "DataFrame", records: "DataFrame") -> Sides:
    """Two encoded sides (wire.CARRIED), told what all rows together know."""
    ours, theirs = people.count(), records.count()
    ids = people.groupBy("id").agg(sf.min("row").alias("person"), sf.count("*").alias("many"))
    repeated = ids.filter(sf.col("many") > 1).select("id", "person")
    person = sf.coalesce("person", "row").alias("person")
    rated = _rated(shelf, people, records)
    counted = [sf.coalesce(column, sf.lit(0)).cast("int").alias(column) for column in ("count", "rarity")]
    carried = [sf.col(column) for column in wire.CARRIED.names]
    told = people.join(repeated, "id", "left").select(*carried, person).join(rated, "full", "left")
    return Sides(
        shelf.keep("people", told.select(*carried, "person", *counted)),
        shelf.keep("records", records.join(rated, "full", "left").select(*carried, *counted)),
        ours,
        theirs,
        ids.count(),
        [*odd(_looked(people, ours), "人员"), *odd(_looked(records, theirs), "记录")],
    )


def _rated(shelf: Shelf, people: "DataFrame", records: "DataFrame") -> "DataFrame":
    """Every name of either side (parts.RATED): how many people bear it, and how rare it is among them."""
    both = people.withColumn("one", sf.lit(1)).unionByName(records.withColumn("one", sf.lit(0)))
    told = [
        sf.sum("one").cast("int").alias("count"),
        sf.min("entry").alias("entry"),
        sf.min("letters").alias("letters"),
    ]
    names = shelf.keep("names", both.filter(sf.col("full") >= 0).groupBy("full").agg(*told))
    characters = names.mapInArrow(parts.characters, wire.ddl(parts.STOOD))
    stood = here(characters.groupBy("place", "char").agg(sf.sum("many").alias("many")))
    many, total = np.zeros((PLACES, _PAGE)), 0.0
    for place, char, times in stood.iter_rows():
        if place < 0:
            total = float(times)
        else:
            many[place, char] = times
    shares, names_total = smoothed(many, total)
    rating = parts.Rating(shares, names_total)
    return shelf.keep("rated", names.mapInArrow(rating.__call__, wire.ddl(parts.RATED)))


def _looked(side: "DataFrame", rows: int) -> Looked:
    """What is counted of a side, to say what is odd of it."""
    lacking = side.mapInArrow(parts.lacking, wire.ddl(parts.MISSING))
    many = dict(here(lacking.groupBy("what").agg(sf.sum("many").alias("many"))).iter_rows())
    alike = []
    for column in _WORDS:
        values = side.filter(sf.col(column) >= 0).groupBy(column).agg(sf.count("*").alias("many"))
        known, commonest = here(values.agg(sf.sum("many").alias("known"), sf.max("many").alias("commonest"))).row(0)
        alike.append(Alike(int(known or 0), int(commonest or 0)))
    return Looked(rows, tuple(many[what] for what in sorted(many)), tuple(alike))
