"""The two subsidies for disabled people: who is paid one, and whom it is for."""

import polars as pl

from matcher.screens.columns.cards import as_they_stand, graded
from matcher.screens.columns.known import COVERED, Known, distinct
from matcher.screens.columns.part import Part
from matcher.screens.columns.settings import CARD_STATUSES, PROGRAMMES
from matcher.screens.parameters import Grades, Words

SUBSIDY = "disability-subsidy"
LIVING_PROGRAMMES = Words("living_subsidy_programmes", "可享受困难残疾人生活补贴的救助类别", PROGRAMMES)
CARE_GRADES = Grades("care_subsidy_grades", "可享受重度残疾人护理补贴的类别和等级")
EXCLUDED_PROGRAMMES = Words("subsidy_excluded_programmes", "不再叠加两项补贴的救助类别", PROGRAMMES, empty=True)


def _paid(known: Known) -> pl.DataFrame:
    """living_paid, living_records, care_paid, care_records."""
    paid = known.of_kind(SUBSIDY).filter(
        pl.col("valid_to").is_null() | (pl.col("valid_to").dt.month_end() >= known.as_of)
    )
    living, care = pl.col("code") == "living", pl.col("code") == "care"
    return paid.group_by("subject_id", maintain_order=True).agg(
        living_paid=living.any(),
        care_paid=care.any(),
        living_records=distinct(pl.col("record").filter(living)),
        care_records=distinct(pl.col("record").filter(care)),
    )


def _entitled(known: Known) -> pl.DataFrame:
    """living_base (a programme it is for, suspended or not), living_due (one in payment), subsidy_barred (by a
    programme, suspended or not), subsidy_excluded (one in payment)."""
    p = known.parameters
    now = known.now
    base = pl.col("programme").is_in(list(LIVING_PROGRAMMES.of(p)))
    excluded = pl.col("programme").is_in(list(EXCLUDED_PROGRAMMES.of(p)))
    paying = pl.col("paused").is_null()
    return now.group_by("subject_id").agg(
        living_base=base.any(),
        living_due=(base & paying).any(),
        subsidy_barred=excluded.any(),
        subsidy_excluded=(excluded & paying).any(),
    )


def _held(known: Known) -> pl.DataFrame:
    """card_held, care_due, held_records."""
    p = known.parameters
    proves = pl.col("code").is_in(list(CARD_STATUSES.of(p)))
    cards = as_they_stand(known).filter(proves)
    severe = graded(CARE_GRADES.of(p))
    return cards.group_by("subject_id", maintain_order=True).agg(
        card_held=pl.lit(True), care_due=severe.any(), held_records=distinct(pl.col("record"))
    )


def judged(known: Known) -> list[pl.Expr]:
    """living_missing, care_missing.

    Nothing is missing, and nothing wrong, where nobody ever told who is paid.
    """
    told, alive = known.told(SUBSIDY), ~pl.col("dead")
    # Suspended support entitles nobody to something else meanwhile, and takes nothing from whoever has it.
    open_ = alive & ~pl.col("subsidy_barred") & ~pl.col("orphan")
    open_ &= pl.col("card_held") & pl.lit(told)
    return [
        (open_ & pl.col("living_due") & ~pl.col("living_paid")).alias("living_missing"),
        (open_ & pl.col("care_due") & ~pl.col("care_paid")).alias("care_missing"),
    ]


PARTS = (
    Part(_paid, (SUBSIDY,)),
    Part(_entitled, (COVERED,)),
    Part(_held, ("disability-card",)),
)
