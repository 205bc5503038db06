"""Who is covered twice on the day: by two periods in our own database, or in another county as the registry was told.

Two periods meet only from first to last day. That support is paid to the end of a month does not make two of a change
of programme in the middle of it.
"""

import polars as pl

from matcher.screens.columns.coverage import counting_programme
from matcher.screens.columns.known import COVERED, Known, distinct
from matcher.screens.columns.part import Part


def columns(known: Known) -> pl.DataFrame:
    """doubled, doubled_programmes (codes), doubled_homes, doubled_where (same-county | two-counties), doubled_month,
    doubled_records."""
    told = known.of_kind("double-coverage")
    since = pl.col("valid_from").min().dt.strftime("%Y-%m")
    told = told.group_by("subject_id", maintain_order=True).agg(
        doubled=pl.lit(True),
        other_programmes=distinct(pl.col("text")),
        doubled_where=pl.col("code").sort(descending=True, nulls_last=True).first(),  # two-counties before same-county
        told_month=since,
        told_records=distinct(pl.col("record")),
    )
    both = _meeting(known).join(told, on="subject_id", how="full", coalesce=True, maintain_order="left_right")
    lists = {name: pl.col(name).fill_null(pl.lit([], dtype=pl.List(pl.String))) for name in _LISTS}
    return both.select(
        "subject_id",
        doubled=pl.lit(True),
        doubled_programmes=pl.concat_list(lists["programmes"], lists["other_programmes"]).list.unique().list.sort(),
        doubled_homes=pl.col("homes").fill_null(0),
        doubled_where=pl.coalesce("doubled_where", pl.lit("same-county")),
        doubled_month=pl.min_horizontal("met_month", "told_month"),
        doubled_records=pl.concat_list(lists["met_records"], lists["told_records"]).list.unique(maintain_order=True),
    )


_LISTS = ("programmes", "other_programmes", "met_records", "told_records")


def _meeting(known: Known) -> pl.DataFrame:
    """Whoever has two periods of another programme, form or household on the day, none of them suspended."""
    as_of = known.as_of
    begun = pl.col("start").is_null() | (pl.col("start") <= as_of)
    holds = pl.col("end").is_null() | (pl.col("end") >= as_of)
    now = known.coverage.filter(begun & holds & counting_programme(known) & pl.col("paused").is_null())
    several = now.group_by("subject_id", maintain_order=True).agg(
        meet=pl.struct("programme", "form", "household_key").n_unique(),
        programmes=distinct(pl.col("programme")),
        homes=pl.col("household_key").drop_nulls().n_unique().cast(pl.Int32),
        met_month=pl.col("start").max().dt.strftime("%Y-%m"),  # twice since the later of them began
        met_records=distinct(pl.col("source")),
    )
    return several.filter(pl.col("meet") > 1).drop("meet")


PARTS = (Part(columns, (COVERED, "double-coverage")),)
