"""Who cannot work, or hardly; and who is told to be able."""

import polars as pl

from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.part import Part
from matcher.screens.columns.settings import WEAK_LABOUR


def columns(known: Known) -> pl.DataFrame:
    """labour, incapable, incapable_since (null: always, or nobody knows), able, labour_records."""
    weak = pl.col("code").is_in(list(WEAK_LABOUR.of(known.parameters)))
    told = known.of_kind("labour").filter(pl.col("code").is_not_null())
    since = pl.col("valid_from").filter(weak)
    return told.group_by("subject_id", maintain_order=True).agg(
        incapable=weak.any(),
        incapable_since=pl.when(~since.is_null().any()).then(since.min()),
        able=(~weak).any(),
        labour=pl.col("text").filter(weak).first(),
        labour_records=distinct(pl.col("record").filter(weak)),
    )


PARTS = (Part(columns, ("labour",)),)
