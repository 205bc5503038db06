"""Care of 特困人员: agreements, the wish for an institution, assessments of self-care."""

import polars as pl

from matcher.screens.columns.coverage import on_day, paused
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.settings import PROGRAMMES
from matcher.screens.parameters import Whole, Words

HOME_CARE_PROGRAMMES = Words("home_care_programmes", "应签委托照料服务协议的救助类别", PROGRAMMES)
TEKUN_PROGRAMMES = Words("tekun_programmes", "特困", PROGRAMMES)
AGREEMENT_NOTICE_DAYS = Whole("agreement_notice_days", "照料服务协议到期前提醒的天数", 0, 365, "天")
SELF_CARE_MONTHS = Whole("self_care_months", "生活自理能力重新评估的间隔月数", 1, 60, "月")
SELF_CARE_NOTICE_DAYS = Whole("self_care_notice_days", "生活自理能力评估到期前提醒的天数", 0, 365, "天")


def columns(known: Known) -> pl.DataFrame:
    """What the functions below say of a person's care."""
    found = _supported(known)
    for part in (_agreements(known), _wishes(known), _assessments(known), _changes(known)):
        found = found.join(part, on="subject_id", how="full", coalesce=True)
    return found


def _supported(known: Known) -> pl.DataFrame:
    """tekun, cared_at_home, tekun_sources: support of the day that is paid.

    agreements_kept, assessments_kept: whether the county keeps these registers at all. An empty one says nothing of
    who lacks an agreement, only that nobody has begun to write them down.
    """
    now = on_day(known.coverage, known.as_of).filter(paused(known.as_of).is_null())
    tekun = now.filter(pl.col("programme").is_in(list(TEKUN_PROGRAMMES.of(known.parameters))))
    at_home = pl.col("programme").is_in(list(HOME_CARE_PROGRAMMES.of(known.parameters)))
    return tekun.group_by("subject_id", maintain_order=True).agg(
        tekun=pl.lit(True),
        cared_at_home=at_home.any(),
        tekun_sources=pl.col("source").drop_nulls().unique(maintain_order=True),
        agreements_kept=pl.lit(known.told("care-agreement")),
        assessments_kept=pl.lit(known.told("self-care")),
    )


def _agreements(known: Known) -> pl.DataFrame:
    """agreement_valid, agreement_incomplete, agreement_until, agreement_ended, agreement_expiring, agreement_renewed,
    agreement_records.

    Valid: it holds on the day, its last day included, with every field it must have. Expiring: the last of the valid
    ones ends within the days of notice; renewed: another with every field follows it within a day.
    """
    day = pl.lit(known.as_of)
    agreements = known.of_kind("care-agreement")
    holds = pl.col("valid_to").is_null() | (pl.col("valid_to") >= day)
    whole = (pl.col("code") == "complete").fill_null(False)
    found = agreements.group_by("subject_id", maintain_order=True).agg(
        agreement_valid=(holds & whole).any(),
        agreement_incomplete=(holds & ~whole).any() & ~(holds & whole).any(),
        agreement_open=(holds & whole & pl.col("valid_to").is_null()).any(),
        agreement_until=pl.col("valid_to").filter(holds & whole).max(),
        agreement_ended=pl.col("valid_to").filter(~holds).max(),
        agreement_records=distinct(pl.col("record")),
    )
    coming = known.coming.filter((pl.col("kind") == "care-agreement") & whole).group_by("subject_id")
    found = found.join(coming.agg(agreement_next=pl.col("valid_from").min()), on="subject_id", how="left")
    days = (pl.col("agreement_until") - day).dt.total_days()
    near = days.is_between(0, AGREEMENT_NOTICE_DAYS.of(known.parameters)).fill_null(False)
    follows = (pl.col("agreement_next") <= pl.col("agreement_until").dt.offset_by("1d")).fill_null(False)
    return found.with_columns(
        agreement_expiring=near & ~pl.col("agreement_open"), agreement_renewed=follows, agreement_days=days
    )


def _wishes(known: Known) -> pl.DataFrame:
    """wants_placement, placement_asked, placement_days, placement_records: the last wish, where it is for one and
    nobody was placed."""
    told = known.of_kind("placement-wish")
    last = told.sort("valid_from", "code", descending=True, nulls_last=True, maintain_order=True)
    last = last.unique("subject_id", keep="first", maintain_order=True)
    waits = (pl.col("code") == "wants") & pl.col("valid_to").is_null()
    return last.filter(waits).select(
        "subject_id",
        wants_placement=pl.lit(True),
        placement_asked="valid_from",
        placement_days=(pl.lit(known.as_of) - pl.col("valid_from")).dt.total_days(),
        placement_records=pl.concat_list("record"),
    )


def _assessments(known: Known) -> pl.DataFrame:
    """self_care, self_care_on, self_care_due, self_care_late, self_care_records: the last assessment, and when the
    next is due: on the day it names, else after the months of the area; late from the days of notice on."""
    p = known.parameters
    told = known.of_kind("self-care")
    last = told.sort("valid_from", "valid_to", descending=[True, False], nulls_last=True, maintain_order=True)
    last = last.unique("subject_id", keep="first", maintain_order=True)
    due = pl.coalesce("valid_to", pl.col("valid_from").dt.offset_by(f"{SELF_CARE_MONTHS.of(p)}mo"))
    noticed = pl.lit(known.as_of).dt.offset_by(f"{SELF_CARE_NOTICE_DAYS.of(p)}d")
    return last.select(
        "subject_id",
        self_care="text",
        self_care_on="valid_from",
        self_care_due=due,
        self_care_late=(due <= noticed).fill_null(True),
        self_care_records=pl.concat_list("record"),
    )


def _changes(known: Known) -> pl.DataFrame:
    """care_changed, care_changed_on, care_change_due, care_change_records: reported changes not yet assessed anew."""
    return (
        known.of_kind("self-care-change")
        .group_by("subject_id", maintain_order=True)
        .agg(
            care_changed=pl.lit(True),
            care_changed_on=pl.col("valid_from").min(),
            care_change_due=pl.col("valid_to").min(),
            care_change_records=distinct(pl.col("record")),
        )
    )
