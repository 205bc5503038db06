"""Who died, by which record, and of whom it is in doubt."""

import polars as pl

from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.settings import TRUSTED_GRADES


def columns(known: Known) -> pl.DataFrame:
    """The dead by a trusted link, and those of whom a death record may speak but a human has not yet said so."""
    trusted = pl.col("grade").is_in(list(TRUSTED_GRADES.of(known.parameters)))
    early = pl.col("valid_from").is_null() | (pl.col("valid_from") < known.as_of)
    doubted = (pl.col("grade") == "possible") & ~trusted
    deaths = known.facts.filter((pl.col("kind") == "death") & (trusted | doubted))
    found = deaths.group_by("subject_id", maintain_order=True).agg(
        dead=trusted.any(),
        died=pl.col("valid_from").filter(trusted).min(),
        died_before=(trusted & early).any(),
        death_doubted=~trusted.any(),
        doubted_before=~trusted.any() & (doubted & early).any(),
        death_records=distinct(pl.col("record")),
    )
    # Months from the one after the death to that of the day: as many payments may have gone out.
    died, day = pl.col("died").dt, known.as_of
    since = (day.year - died.year()) * 12 + day.month - died.month().cast(pl.Int32)
    return found.with_columns(months_since=since, died_month=died.strftime("%Y-%m"))
