"""Who was taken into 低保 under a campaign's rule without a check of means, and until when that rule holds."""

import polars as pl

from matcher.screens.columns.known import Known
from matcher.screens.columns.part import Part


def columns(known: Known) -> pl.DataFrame:
    """exempt_campaign, exempt_since, exempt_until: of several campaigns the one that holds longest."""
    under = known.of_kind("exempt").sort("valid_to", "valid_from", "text", descending=[True, False, False])
    return under.group_by("subject_id", maintain_order=True).agg(
        exempt_campaign=pl.col("text").first(),
        exempt_since=pl.col("valid_from").first(),
        exempt_until=pl.col("valid_to").first(),
    )


PARTS = (Part(columns, ("exempt",)),)
