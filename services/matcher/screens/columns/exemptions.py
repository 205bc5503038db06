"""Who was taken into 低保 under a campaign's rule without a check of means, and until when that rule holds."""

import polars as pl

from matcher.screens.columns.coverage import on_day, paused
from matcher.screens.columns.known import Known
from matcher.screens.columns.settings import DIBAO_PROGRAMMES


def columns(known: Known) -> pl.DataFrame:
    """exempt_campaign, exempt_since, exempt_until: of several campaigns the one that holds longest; in_dibao: a 低保
    that runs and is paid, whatever runs beside it."""
    under = known.of_kind("exempt").sort("valid_to", "valid_from", "text", descending=[True, False, False])
    found = under.group_by("subject_id", maintain_order=True).agg(
        exempt_campaign=pl.col("text").first(),
        exempt_since=pl.col("valid_from").first(),
        exempt_until=pl.col("valid_to").first(),
    )
    now = on_day(known.coverage, known.as_of).filter(
        pl.col("programme").is_in(list(DIBAO_PROGRAMMES.of(known.parameters))) & paused(known.as_of).is_null()
    )
    dibao = now.select("subject_id", in_dibao=pl.lit(True)).unique("subject_id")
    return found.join(dibao, on="subject_id", how="left", maintain_order="left")
