"""Who cannot work, or hardly."""

import polars as pl

from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.settings import WEAK_LABOUR


def columns(known: Known) -> pl.DataFrame:
    """labour, incapable, labour_records."""
    weak = known.of_kind("labour").filter(pl.col("code").is_in(list(WEAK_LABOUR.of(known.parameters))))
    return weak.group_by("subject_id", maintain_order=True).agg(
        incapable=pl.lit(True), labour=pl.col("text").first(), labour_records=distinct(pl.col("record"))
    )
