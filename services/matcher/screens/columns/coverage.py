"""Who is covered on the day, who was, whose support is suspended, and whose household is 低保边缘."""

from datetime import date

import polars as pl

from matcher.screens.columns.known import Known
from matcher.screens.columns.settings import COVERED_PROGRAMMES, MARGIN_PROGRAMMES


def on_day(coverage: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Coverage that holds on the day: from its start to the end of the month in which it ends."""
    last = pl.col("end").dt.month_end()
    return coverage.filter(
        (pl.col("start").is_null() | (pl.col("start") <= as_of)) & (last.is_null() | (as_of <= last))
    )


def paused(as_of: date) -> pl.Expr:
    """Of COVERAGE the suspensions that hold on the day; null where there is none."""
    one = pl.element().struct
    holds = (one.field("start") <= as_of) & (one.field("end").is_null() | (as_of <= one.field("end")))
    since = pl.col("suspensions").list.eval(pl.when(holds).then(one.field("start")))
    return since.list.max()


def counting_programme(known: Known) -> pl.Expr:
    """Of COVERAGE whether its programme counts as being covered."""
    return pl.col("programme").is_in(list(COVERED_PROGRAMMES.of(known.parameters)))


def columns(known: Known) -> pl.DataFrame:
    """covered, programme, form, household_size, coverage_sources, last_end, paused_since, own_margin(_sources)."""
    coverage, as_of = known.coverage, known.as_of
    now = on_day(coverage, as_of)
    counts = counting_programme(known)
    since = paused(as_of)
    counting = now.filter(counts & since.is_null())
    stopped = now.filter(counts & since.is_not_null()).group_by("subject_id").agg(paused_since=since.max())
    # A programme that another followed is paid to the end of its month: what began last is what a person has.
    counting = counting.sort("start", "programme", descending=[True, False], nulls_last=True, maintain_order=True)
    current = counting.group_by("subject_id", maintain_order=True).agg(
        covered=pl.lit(True),
        programme=pl.col("programme").first(),
        form=pl.col("form").first(),
        household_size=pl.col("household_size").first(),
        coverage_sources=pl.col("source").drop_nulls().unique(maintain_order=True),
    )
    margin = now.filter(pl.col("programme").is_in(list(MARGIN_PROGRAMMES.of(known.parameters))))
    margin = margin.group_by("subject_id", maintain_order=True).agg(
        own_margin=pl.lit(True), own_margin_sources=pl.col("source").drop_nulls().unique(maintain_order=True)
    )
    past = coverage.filter(counts & (pl.col("end") < as_of))
    past = past.group_by("subject_id").agg(last_end=pl.col("end").max())
    for part in (margin, past, stopped):
        current = current.join(part, on="subject_id", how="full", coalesce=True)
    return current
