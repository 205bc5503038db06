"""Severely disabled people who need somebody every day, and whether there is anybody."""

import polars as pl

from matcher.screens.columns.coverage import on_day, paused
from matcher.screens.columns.days import aged
from matcher.screens.columns.doors import DOOR, beside
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.payments import INSTITUTION_PROGRAMMES
from matcher.screens.parameters import Whole, Words

CARE_LEVELS = Words("care_levels", "需要照护的自理能力", ("full", "partly", "none"))
CARER_FROM = Whole("carer_age_from", "能照护家人的年龄起", 16, 25, "周岁")
CARER_TO = Whole("carer_age_to", "能照护家人的年龄止（含）", 55, 85, "周岁")


def columns(known: Known) -> pl.DataFrame:
    """care_level(_records) (the latest), helpless (of a level that needs care), care_agreed; in_institution."""
    told = known.of_kind("self-care").filter(pl.col("code").is_not_null())
    # Of two of one day the better one: nobody is to be taken for helpless who is not.
    rank = pl.col("code").replace_strict({"full": 0, "partly": 1}, default=2, return_dtype=pl.Int8)
    told = told.sort("valid_from", rank, descending=[True, False], nulls_last=True, maintain_order=True)
    levels = list(CARE_LEVELS.of(known.parameters))
    found = told.group_by("subject_id", maintain_order=True).agg(
        care_level=pl.col("code").first(),
        helpless=pl.col("code").first().is_in(levels),
        care_level_records=pl.col("record").head(1).drop_nulls(),
    )
    lasts = pl.col("valid_to").is_null() | (pl.col("valid_to") >= known.as_of)
    agreed = known.of_kind("care-agreement").filter(lasts)
    kept = agreed.group_by("subject_id", maintain_order=True).agg(
        care_agreed=pl.lit(True), agreed_records=distinct(pl.col("record"))
    )
    now = on_day(known.coverage, known.as_of).filter(paused(known.as_of).is_null())
    housed = now.filter(pl.col("programme").is_in(list(INSTITUTION_PROGRAMMES.of(known.parameters))))
    placed = housed.select("subject_id").unique().with_columns(in_institution=pl.lit(True))
    for part in (kept, placed):
        found = found.join(part, on="subject_id", how="full", coalesce=True)
    return found


def among(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """others_able: of the household how many others could care; uncared."""
    p = known.parameters
    of_age = aged(CARER_FROM.of(p), CARER_TO.of(p), pl.lit(known.as_of)).fill_null(True)
    can = (of_age & ~pl.col("severe") & ~pl.col("incapable") & ~pl.col("dead")).cast(pl.Int32)
    doors = frame.select(DOOR, can=can)
    able = doors.group_by(DOOR).agg(all_able=pl.col("can").sum())
    others = beside(doors, able).select(others_able=pl.col("all_able") - pl.col("can"))
    joined = frame.hstack(others)
    alone = (pl.col("others_able") == 0) & ~pl.col("care_agreed") & ~pl.col("in_institution")
    return joined.with_columns(
        uncared=pl.col("severe") & pl.col("helpless") & alone & ~pl.col("dead"),
    )
