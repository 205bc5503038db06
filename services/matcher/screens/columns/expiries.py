"""What ends next month: disability cards, care agreements, 渐退. The one that lasts longest of each counts.

An agreement without a last day lasts; one that another follows within a day is renewed. Of a card without a last day
nobody knows how long it lasts: the others count.
"""

import polars as pl

from matcher.screens.columns.cards import as_they_stand
from matcher.screens.columns.days import month_after
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.part import Part
from matcher.screens.columns.settings import CARD_STATUSES

ENDING = {"card_ends": "残疾人证", "agreement_ends": "委托照料协议", "phase_out_ends": "渐退期"}


def columns(known: Known) -> pl.DataFrame:
    """card_ends, agreement_ends, phase_out_ends: the day in the coming month, else null; expiry_records."""
    cards = as_they_stand(known).filter(pl.col("code").is_in(list(CARD_STATUSES.of(known.parameters))))
    running = known.of_kind("phase-out").filter(pl.col("code") == "running")
    parts = {"card_ends": cards, "agreement_ends": _agreements(known), "phase_out_ends": running}
    ends = pl.concat([_ending(facts, name, known) for name, facts in parts.items()])
    return ends.group_by("subject_id", maintain_order=True).agg(
        *(pl.col("end").filter(pl.col("what") == name).first().alias(name) for name in parts),
        expiry_records=distinct(pl.col("record")),
    )


def _agreements(known: Known) -> pl.DataFrame:
    """Of whoever has none without a last day, and none that begins as the last one ends."""
    agreements = known.of_kind("care-agreement")
    coming = known.coming.filter(pl.col("kind") == "care-agreement").group_by("subject_id")
    last = agreements.group_by("subject_id").agg(
        ends=pl.col("valid_to").max(), lasts=pl.col("valid_to").is_null().any()
    )
    last = last.join(coming.agg(follows=pl.col("valid_from").min()), on="subject_id", how="left")
    renewed = (pl.col("follows") <= pl.col("ends").dt.offset_by("1d")).fill_null(False)
    return agreements.join(last.filter(pl.col("lasts") | renewed), on="subject_id", how="anti")


def _ending(facts: pl.DataFrame, name: str, known: Known) -> pl.DataFrame:
    first, last = month_after(known.as_of)
    dated = facts.filter(pl.col("valid_to").is_not_null()).sort("valid_to", "record", descending=[True, False])
    latest = dated.group_by("subject_id", maintain_order=True).agg(
        end=pl.col("valid_to").first(), record=pl.col("record").first()
    )
    return latest.filter(pl.col("end").is_between(pl.lit(first), pl.lit(last))).with_columns(what=pl.lit(name))


PARTS = (Part(columns, ("disability-card", "care-agreement", "phase-out")),)
