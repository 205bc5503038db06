"""Cards that prove nothing as they stand: lapsed or frozen ones, and 多重 ones whose grade hides a component.

The number of a 多重 card gives its heaviest grade only. Where a component is known (`disability-component`: class, and
its grade where one is told, else the card's own), that component may be severe although the card is not.
"""

import polars as pl

from matcher.screens.columns.cards import as_they_stand, graded
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.part import Part
from matcher.screens.columns.settings import CARD_STATUSES, SEVERE_GRADES
from matcher.screens.parameters import Words

LAPSED_STATUSES = Words("lapsed_card_statuses", "可先帮助换证、解冻的残疾人证状态", ("frozen", "expired", "cancelled"))
MANIFOLD = "7"


def columns(known: Known) -> pl.DataFrame:
    """lapsed, lapsed_class/_grade/_status/_records; near, near_component/_grade/_records; card_lost (cards there are,
    and none of them proves anything), card_lost_status, card_lost_records."""
    valid = pl.col("code").is_in(list(CARD_STATUSES.of(known.parameters)))
    lapsed = pl.col("code").is_in(list(LAPSED_STATUSES.of(known.parameters)))
    severe = graded(SEVERE_GRADES.of(known.parameters))
    cards = as_they_stand(known).filter(pl.col("code").is_not_null())
    cards = cards.with_columns(valid=valid, lapsed=lapsed & severe, severe=severe)
    gone = cards.filter(pl.col("lapsed")).sort("number", "text", "code", nulls_last=True, maintain_order=True)
    found = gone.group_by("subject_id", maintain_order=True).agg(
        lapsed=pl.lit(True),
        lapsed_class=pl.col("text").first(),
        lapsed_grade=pl.col("number").cast(pl.Int64).first(),
        lapsed_status=pl.col("code").first(),
        lapsed_records=distinct(pl.col("record")),
    )
    newest = cards.sort("valid_from", "code", descending=[True, False], nulls_last=True, maintain_order=True)
    lost = newest.group_by("subject_id", maintain_order=True).agg(
        card_lost=~pl.col("valid").any(),
        card_lost_status=pl.col("code").filter(~pl.col("valid")).first(),
        card_lost_records=distinct(pl.col("record").filter(~pl.col("valid"))),
    )
    lost = lost.filter("card_lost")
    near = _near(known, cards.filter((valid | lapsed) & ~severe & (pl.col("text") == MANIFOLD)))
    for part in (lost, near):
        found = found.join(part, on="subject_id", how="full", coalesce=True)
    return found


def _near(known: Known, manifold: pl.DataFrame) -> pl.DataFrame:
    """多重 cards that are not severe, by a component that is, or may be."""
    # A grade told of a component holds for it wherever the component is named.
    grades = pl.coalesce("number", pl.col("number").min().over("subject_id", "code"))
    parts = known.of_kind("disability-component").filter(pl.col("code").is_not_null())
    parts = parts.select("subject_id", text="code", number=grades, of="record")
    both = parts.join(
        manifold.select("subject_id", whole="number", card="record"), on="subject_id", maintain_order="left"
    )
    grade = pl.coalesce("number", "whole")
    near = both.filter(graded(SEVERE_GRADES.of(known.parameters), grade)).with_columns(told=grade)
    near = near.sort("told", "text", nulls_last=True, maintain_order=True)
    return near.group_by("subject_id", maintain_order=True).agg(
        near=pl.lit(True),
        near_component=pl.col("text").first(),
        near_grade=pl.col("told").cast(pl.Int64).first(),
        near_records=distinct(pl.col("card").append(pl.col("of"))),
    )


PARTS = (Part(columns, ("disability-card",)),)
