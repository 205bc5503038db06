"""Temporary aid: when a household last had some, who waits for an answer to an application, who is out of work.

Aid stands with the one it was granted to, and is the whole household's. It is told by the register of temporary aid
and by coverage of that programme; where neither ever told of any, nothing can be said about who lacks it.
"""

import polars as pl

from matcher.screens.columns.doors import DOOR, beside
from matcher.screens.columns.known import Known, distinct
from matcher.screens.parameters import Flag, Whole, Words

AID = "temporary-aid"
_OF_AID = (AID, "临时救助")
AID_MONTHS = Whole("temporary_aid_months", "临时救助的查看月数", 1, 36, "月")
AID_RISKS = Words("temporary_aid_risks", "应当考虑临时救助的风险", ("severe", "serious", "monitored"), empty=True)
AID_COVERED = Flag("temporary_aid_covered", "已有低保、特困的风险人员也提示临时救助")
NOT_GIVEN = "-(declined|open)$"  # at the end of the code of a fact about aid
JOBLESS = ("uninsured", "without-benefit")


def columns(known: Known) -> pl.DataFrame:
    """own_aid_on, one_off_on; applying, applied_for, applied_on, application_records; jobless(_on, _code, _records)."""
    # The register tells of aid that was refused or still waits, by the day of that: it was given to nobody.
    given = ~pl.col("code").fill_null("").str.contains(NOT_GIVEN)
    granted = known.of_kind(AID).filter(pl.col("valid_from").is_not_null() & given)
    covered = known.coverage.filter((pl.col("programme") == AID) & (pl.col("start") <= known.as_of))
    aid = pl.concat(
        [
            granted.select("subject_id", "code", on="valid_from"),
            covered.select("subject_id", pl.lit(None, dtype=pl.String).alias("code"), on="start"),
        ]
    )
    one_off = pl.col("code").str.starts_with("one-off").fill_null(False)
    found = aid.group_by("subject_id").agg(own_aid_on=pl.col("on").max(), one_off_on=pl.col("on").filter(one_off).max())
    for part in (_applying(known), _jobless(known)):
        found = found.join(part, on="subject_id", how="full", coalesce=True)
    return found


def _applying(known: Known) -> pl.DataFrame:
    waits = (pl.col("code") == "open") & (pl.col("valid_to").is_null() | (pl.col("valid_to") > known.as_of))
    waits &= ~pl.col("text").is_in(list(_OF_AID)).fill_null(False)  # who applied for this aid has its own clock
    told = known.of_kind("application").filter(waits)
    told = told.sort("valid_from", "text", descending=[True, False], nulls_last=True, maintain_order=True)
    return told.group_by("subject_id", maintain_order=True).agg(
        applying=pl.lit(True),
        applied_for=pl.col("text").first(),
        applied_on=pl.col("valid_from").first(),
        application_records=distinct(pl.col("record")),
    )


def _jobless(known: Known) -> pl.DataFrame:
    """By what was told last: who is employed again, or is paid a benefit now, is none of them."""
    told = known.of_kind("unemployed").sort("valid_from", "code", descending=True, nulls_last=True, maintain_order=True)
    last = told.unique("subject_id", keep="first", maintain_order=True)
    lasts = pl.col("valid_to").is_null() | (pl.col("valid_to") >= known.as_of)
    return last.filter(pl.col("code").is_in(list(JOBLESS)) & lasts).select(
        "subject_id",
        jobless=pl.lit(True),
        jobless_code="code",
        jobless_on="valid_from",
        jobless_records=pl.concat_list("record"),
    )


def among(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """aid_on (the household's latest), household_one_off_on, aid_told."""
    had = frame.filter(pl.col("own_aid_on").is_not_null())
    about = had.group_by(DOOR).agg(aid_on=pl.col("own_aid_on").max(), household_one_off_on=pl.col("one_off_on").max())
    return beside(frame, about).with_columns(aid_told=pl.lit(known.told(AID)))
