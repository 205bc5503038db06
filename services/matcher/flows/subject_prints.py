"""Whose rows are others than before: a print per subject of everything frames say of it, compared as whole columns."""

import polars as pl

PRINTS = {"subject_id": pl.String, "print": pl.UInt64}


def printed(*frames: pl.DataFrame) -> pl.DataFrame:
    """PRINTS of whoever has a row in one of the frames (each with `subject_id`).

    A subject's rows count in the order in which they stand: screens and leads take the first of several. How those of
    different subjects lie among each other tells nothing. Prints hold within one process.
    """
    parts = [
        frame.select(
            "subject_id",
            pl.struct(pl.all(), pl.int_range(pl.len()).over("subject_id").alias("nth")).hash(seed=of).alias("print"),
        )
        for of, frame in enumerate(frames)
    ]
    return pl.concat(parts).group_by("subject_id").agg(pl.col("print").sum())


def moved(before: pl.DataFrame, now: pl.DataFrame) -> pl.Series:
    """The subjects that came, went or have another print (both PRINTS)."""
    both = before.join(now, on="subject_id", how="full", coalesce=True, suffix="_now", nulls_equal=True)
    return both.filter(pl.col("print").ne_missing(pl.col("print_now")))["subject_id"]
