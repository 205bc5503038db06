"""Disability cards: the gravest one that proves anything."""

import polars as pl

from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.settings import CARD_STATUSES, SEVERE_GRADES


def columns(known: Known) -> pl.DataFrame:
    """card_class, card_grade, severe, card_records."""
    severe_grades = SEVERE_GRADES.of(known.parameters)
    grade = pl.col("number").cast(pl.Int64)
    severe = [f"{kind}-{value}" for kind, values in severe_grades.items() for value in values]
    # A card without a readable class counts where its grade is severe in every class.
    everywhere = set.intersection(*(set(values) for values in severe_grades.values()))
    key = pl.col("text").fill_null("") + "-" + grade.cast(pl.String)
    cards = (
        known.of_kind("disability-card")
        .filter(pl.col("code").is_in(list(CARD_STATUSES.of(known.parameters))))
        .with_columns(severe=key.is_in([*severe, *(f"-{value}" for value in sorted(everywhere))]).fill_null(False))
        .sort("severe", "number", descending=[True, False], nulls_last=True, maintain_order=True)
    )
    return cards.group_by("subject_id", maintain_order=True).agg(
        card_class=pl.col("text").first(),
        card_grade=grade.first(),
        severe=pl.col("severe").any(),
        card_records=distinct(pl.col("record").filter(pl.col("severe"))),
    )
