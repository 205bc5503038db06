"""Leaving support: income above the standard, the months of phasing out, exits nobody assessed, exits by the dozen."""

import polars as pl

from matcher.screens.columns.coverage import on_day, paused
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.settings import PROGRAMMES
from matcher.screens.parameters import Amount, WhereSet, Whole, Words

PHASE_OUT_PROGRAMMES = Words("phase_out_programmes", "适用脱贫渐退的救助类别", PROGRAMMES)
PHASE_OUT_MULTIPLE = WhereSet(Amount("phase_out_multiple", "脱贫渐退收入上限（低保标准的倍数）", 1, 5, "倍"))
PHASE_OUT_MONTHS = WhereSet(Whole("phase_out_months", "脱贫渐退的月数", 1, 36, "月"))
PHASE_OUT_CAUSES = Words("phase_out_causes", "脱贫渐退要求的情形（留空为不要求）", ("policy", "employment"), empty=True)
INCOME_MONTHS = Whole("income_months", "收入核算结果可用的月数", 1, 60, "月")
EXIT_MONTHS = Whole("exit_months", "退出把关回看的月数", 1, 12, "月")


def columns(known: Known) -> pl.DataFrame:
    """What the functions below say of a person."""
    found = _phasing(known)
    for part in (_supported(known), _income(known), _causes(known), _unassessed(known), _mass(known)):
        found = found.join(part, on="subject_id", how="full", coalesce=True)
    return found


def _supported(known: Known) -> pl.DataFrame:
    """may_phase_out, phasing_sources: support of the day that may be phased out."""
    now = on_day(known.coverage, known.as_of).filter(paused(known.as_of).is_null())
    mine = now.filter(pl.col("programme").is_in(list(PHASE_OUT_PROGRAMMES.of(known.parameters))))
    return mine.group_by("subject_id", maintain_order=True).agg(
        may_phase_out=pl.lit(True), phasing_sources=pl.col("source").drop_nulls().unique(maintain_order=True)
    )


def _income(known: Known) -> pl.DataFrame:
    """income_ratio, income_on, income_records: the newest ratio to the standard, where it is new enough."""
    back = pl.lit(known.as_of).dt.offset_by(f"-{INCOME_MONTHS.of(known.parameters)}mo")
    found = known.of_kind("income-ratio").filter(pl.col("valid_from") > back)
    found = found.sort("valid_from", descending=True, maintain_order=True).unique(
        "subject_id", keep="first", maintain_order=True
    )
    return found.select(
        "subject_id", income_ratio="number", income_on="valid_from", income_records=pl.concat_list("record")
    )


def _causes(known: Known) -> pl.DataFrame:
    """phase_out_cause, cause_records: policies against poverty, or work, where the area demands one of them."""
    kinds = {"policy": ("monitored",), "employment": ("employment",)}
    wanted = [kind for cause in PHASE_OUT_CAUSES.of(known.parameters) for kind in kinds[cause]]
    found = known.of_kind(*wanted).group_by("subject_id", maintain_order=True)
    return found.agg(phase_out_cause=pl.lit(True), cause_records=distinct(pl.col("record")))


def _phasing(known: Known) -> pl.DataFrame:
    """phasing_out, phasing_since, phasing_until, phasing_months, phasing_past, phasing_long, phasing_records.

    Months are those from the first to the one of the day, or to the end that was decided if that is later. Past: its
    last day is gone. Long: more months than the area allows; never where it has set none.
    """
    last = known.of_kind("phase-out").filter(pl.col("code") == "running")
    last = last.sort("valid_from", descending=True, nulls_last=True, maintain_order=True).unique(
        "subject_id", keep="first", maintain_order=True
    )
    until = pl.max_horizontal(pl.col("valid_to"), pl.lit(known.as_of)).dt
    since = pl.col("valid_from").dt
    months = (until.year() - since.year()) * 12 + until.month().cast(pl.Int32) - since.month().cast(pl.Int32) + 1
    most = PHASE_OUT_MONTHS.of(known.parameters)
    return last.select(
        "subject_id",
        phasing_out=pl.lit(True),
        phasing_since="valid_from",
        phasing_until="valid_to",
        phasing_months=months,
        phasing_past=(pl.col("valid_to") < known.as_of).fill_null(False),
        phasing_long=pl.lit(False) if most is None else (months > most).fill_null(False),
        phasing_records=pl.concat_list("record"),
    )


def _lately(known: Known, kind: str) -> pl.DataFrame:
    back = pl.lit(known.as_of).dt.offset_by(f"-{EXIT_MONTHS.of(known.parameters)}mo")
    return known.of_kind(kind).filter(pl.col("valid_from") > back)


def _unassessed(known: Known) -> pl.DataFrame:
    """left_unassessed, exit_reason, exit_on, exit_records."""
    found = _lately(known, "exit").filter(pl.col("code") == "unassessed")
    found = found.sort("valid_from", descending=True, maintain_order=True)
    return found.group_by("subject_id", maintain_order=True).agg(
        left_unassessed=pl.lit(True),
        exit_reason=pl.col("text").first(),
        exit_on=pl.col("valid_from").first(),
        exit_records=distinct(pl.col("record")),
    )


def _mass(known: Known) -> pl.DataFrame:
    """mass_exit, mass_what, mass_when, mass_times, mass_exits, mass_on, mass_records: the largest of late."""
    found = _lately(known, "mass-exit").filter(pl.col("code").is_in(["surge", "mass-day"]))
    found = found.sort("count", "valid_from", descending=True, maintain_order=True)
    return found.group_by("subject_id", maintain_order=True).agg(
        mass_exit=pl.lit(True),
        mass_what=pl.col("code").first(),
        mass_when=pl.col("text").first(),
        mass_times=pl.col("number").first(),
        mass_exits=pl.col("count").first(),
        mass_on=pl.col("valid_from").first(),
        mass_records=distinct(pl.col("record")),
    )
