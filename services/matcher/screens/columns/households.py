"""What holds of a person for the sake of the household."""

import polars as pl

from matcher.screens.columns.coverage import counting_programme
from matcher.screens.columns.doors import beside
from matcher.screens.columns.known import COVERED, Known
from matcher.screens.columns.part import Among
from matcher.screens.columns.settings import DIBAO_PROGRAMMES, MARGIN_PROGRAMMES


def columns(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """What holds of a person's household: margin, somebody's single-person cover, somebody else covered."""
    now = known.now.filter(pl.col("household_key").is_not_null())
    is_margin = pl.col("programme").is_in(list(MARGIN_PROGRAMMES.of(known.parameters)))
    paid = pl.col("paused").is_null()
    is_covered = counting_programme(known) & paid
    is_dibao = pl.col("programme").is_in(list(DIBAO_PROGRAMMES.of(known.parameters)))
    is_single = is_dibao & (pl.col("form") == "single") & paid
    about = now.group_by("household_key").agg(
        household_margin=is_margin.any(),
        household_margin_sources=pl.col("source").filter(is_margin).drop_nulls().unique(maintain_order=True),
        household_single=is_single.any(),
        single_sources=pl.col("source").filter(is_single).drop_nulls().unique(maintain_order=True),
        housemate_covered=is_covered.any(),
    )
    joined = beside(frame, about, "household_key")
    covered = pl.col("covered")
    return joined.with_columns(
        margin=pl.col("own_margin") | pl.col("household_margin").fill_null(False),
        margin_sources=pl.coalesce("own_margin_sources", "household_margin_sources"),
        beside_single=pl.col("household_single").fill_null(False) & ~covered,
        housemate_covered=pl.col("housemate_covered").fill_null(False) & ~covered,
    )


AMONG = Among(columns, (COVERED,))
