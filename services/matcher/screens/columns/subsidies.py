"""The two subsidies for disabled people: who is paid one, and whom it is for."""

import polars as pl

from matcher.screens.columns.cards import as_they_stand, graded
from matcher.screens.columns.coverage import on_day, paused
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.settings import CARD_STATUSES, PROGRAMMES
from matcher.screens.parameters import Grades, Words

SUBSIDY = "disability-subsidy"
LIVING_PROGRAMMES = Words("living_subsidy_programmes", "可享受困难残疾人生活补贴的救助类别", PROGRAMMES)
CARE_GRADES = Grades("care_subsidy_grades", "可享受重度残疾人护理补贴的类别和等级")
EXCLUDED_PROGRAMMES = Words("subsidy_excluded_programmes", "不再叠加两项补贴的救助类别", PROGRAMMES, empty=True)


def columns(known: Known) -> pl.DataFrame:
    """living_paid, living_records, care_paid, care_records; living_base (a programme it is for, suspended or not),
    living_due (one in payment), subsidy_excluded; care_due, care_card_records."""
    p = known.parameters
    paid = known.of_kind(SUBSIDY).filter(
        pl.col("valid_to").is_null() | (pl.col("valid_to").dt.month_end() >= known.as_of)
    )
    living, care = pl.col("code") == "living", pl.col("code") == "care"
    found = paid.group_by("subject_id", maintain_order=True).agg(
        living_paid=living.any(),
        care_paid=care.any(),
        living_records=distinct(pl.col("record").filter(living)),
        care_records=distinct(pl.col("record").filter(care)),
    )
    now = on_day(known.coverage, known.as_of)
    base = pl.col("programme").is_in(list(LIVING_PROGRAMMES.of(p)))
    excluded = pl.col("programme").is_in(list(EXCLUDED_PROGRAMMES.of(p)))
    entitled = now.group_by("subject_id").agg(
        living_base=base.any(),
        living_due=(base & paused(known.as_of).is_null()).any(),
        subsidy_excluded=excluded.any(),
    )
    proves = pl.col("code").is_in(list(CARD_STATUSES.of(p)))
    cards = as_they_stand(known).filter(proves)
    severe = graded(CARE_GRADES.of(p))
    held = cards.group_by("subject_id", maintain_order=True).agg(
        card_held=pl.lit(True), care_due=severe.any(), held_records=distinct(pl.col("record"))
    )
    for part in (entitled, held):
        found = found.join(part, on="subject_id", how="full", coalesce=True)
    return found


def among(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """subsidies_told: whether anybody told of any of these payments; missing_/wrong_ of each by what stands above.

    Nothing is missing, and nothing wrong, where nobody ever told who is paid.
    """
    told, alive = known.told(SUBSIDY), ~pl.col("dead")
    open_ = alive & ~pl.col("subsidy_excluded") & ~pl.col("orphan")
    open_ &= pl.col("card_held") & pl.lit(told)
    return frame.with_columns(
        living_missing=open_ & pl.col("living_due") & ~pl.col("living_paid"),
        care_missing=open_ & pl.col("care_due") & ~pl.col("care_paid"),
    )
