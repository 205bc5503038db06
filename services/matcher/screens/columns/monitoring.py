"""Whether rural revitalization monitors the household, its risk not removed."""

import polars as pl

from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.part import Part
from matcher.screens.columns.settings import MONITORED_STATES


def columns(known: Known) -> pl.DataFrame:
    """category, monitored, monitored_records."""
    active = known.of_kind("monitored").filter(pl.col("code").is_in(list(MONITORED_STATES.of(known.parameters))))
    return active.group_by("subject_id", maintain_order=True).agg(
        monitored=pl.lit(True),
        category=pl.col("text").first(),
        monitored_records=distinct(pl.col("record")),
    )


PARTS = (Part(columns, ("monitored",)),)
