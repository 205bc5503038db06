"""Tables between two steps, as Parquet files in one folder that driver and executors see under the same path.

What stands there is not reckoned again when an executor is lost, and what follows knows how many rows it will get.
"""

from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow.parquet as pq

from matcher.linkage.rows import Side
from matcher.spark.wire import CARRIED, Int, carried

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

PART_ROWS: Final = 100_000  # rows a task gathers before it works on them: some fifty megabytes
FEWEST: Final = 2  # tasks, however few rows there are


@dataclass(frozen=True)
class Shelf:
    """A Spark session and the folder its tables stand in."""

    spark: "SparkSession"
    folder: Path

    def keep(self, name: str, frame: "DataFrame") -> "DataFrame":
        """Reckon a table now, write it, and give it as it is read back."""
        frame.write.mode("overwrite").parquet(str(self.folder / name))
        return self.spark.read.schema(frame.schema).parquet(str(self.folder / name))

    def put(self, name: str, frame: pl.DataFrame) -> "DataFrame":
        """A table of the driver's own."""
        (self.folder / name).mkdir()
        frame.write_parquet(self.folder / name / "part.parquet")
        return self.spark.read.parquet(str(self.folder / name))

    def put_side(self, name: str, side: Side, rows: Int) -> "DataFrame":
        """These rows of a side encoded here, ascending, as wire.CARRIED."""
        (self.folder / name).mkdir()
        with pq.ParquetWriter(self.folder / name / "part.parquet", CARRIED) as writer:
            for start in range(0, len(rows), PART_ROWS):
                places = rows[start : start + PART_ROWS]
                part = replace(side, ids=side.ids.gather(places), rows=side.rows[places])
                writer.write_batch(carried(part, places))
        return self.spark.read.parquet(str(self.folder / name))

    def tasks(self, rows: int) -> int:
        """Into how many parts so many rows are cut."""
        return max(FEWEST, ceil(rows / PART_ROWS))


def here(frame: "DataFrame") -> pl.DataFrame:
    """A small table brought to the driver."""
    found = pl.from_arrow(frame.toArrow())
    assert isinstance(found, pl.DataFrame)
    return found
