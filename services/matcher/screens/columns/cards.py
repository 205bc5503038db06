"""Disability cards: as they stand on the day, and the gravest one that proves anything."""

from collections.abc import Mapping

import polars as pl

from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.part import Part
from matcher.screens.columns.settings import CARD_STATUSES, SEVERE_GRADES

CARD = "disability-card"
CLASSES = ("1", "2", "3", "4", "5", "6", "7")


def graded(grades: Mapping[str, tuple[int, ...]], grade: pl.Expr | None = None) -> pl.Expr:
    """Whether a card (class in `text`, grade in `number` or as told) is of these classes and grades; never null."""
    number = (pl.col("number") if grade is None else grade).cast(pl.Int64)
    listed = [f"{kind}-{value}" for kind, values in grades.items() for value in values]
    # A card without a readable class counts where its grade is meant in every class.
    everywhere = set.intersection(*(set(grades.get(kind, ())) for kind in CLASSES))
    key = pl.col("text").fill_null("") + "-" + number.cast(pl.String)
    return key.is_in([*listed, *(f"-{value}" for value in sorted(everywhere))]).fill_null(False)


def as_they_stand(known: Known) -> pl.DataFrame:
    """The trusted cards. The day decides: one called valid whose last day is gone is expired, whatever the export still
    says (its status is that of the day somebody last touched the card)."""
    gone = (pl.col("code") == "valid") & (pl.col("valid_to") < known.as_of)
    return known.of_kind(CARD).with_columns(code=pl.when(gone).then(pl.lit("expired")).otherwise("code"))


def columns(known: Known) -> pl.DataFrame:
    """has_card (one that proves something), card_class, card_grade, severe, card_records."""
    cards = (
        as_they_stand(known)
        .filter(pl.col("code").is_in(list(CARD_STATUSES.of(known.parameters))))
        .with_columns(severe=graded(SEVERE_GRADES.of(known.parameters)))
        .sort("severe", "number", descending=[True, False], nulls_last=True, maintain_order=True)
    )
    return cards.group_by("subject_id", maintain_order=True).agg(
        has_card=pl.lit(True),
        card_class=pl.col("text").first(),
        card_grade=pl.col("number").cast(pl.Int64).first(),
        severe=pl.col("severe").any(),
        card_records=distinct(pl.col("record").filter(pl.col("severe"))),
    )


PARTS = (Part(columns, ("disability-card",)),)
