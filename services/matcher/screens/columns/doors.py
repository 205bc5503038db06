"""What holds for everybody behind one door."""

import polars as pl

DOOR = "door"


def with_door(frame: pl.DataFrame) -> pl.DataFrame:
    """`door`: the household; of whoever has none, the person alone."""
    alone = pl.format("person {}", "subject_id")
    return frame.with_columns(pl.coalesce("household_key", alone).alias(DOOR))
