"""Households whose breadwinner died, was imprisoned or became severely disabled a short while ago.

A breadwinner is of working age on the day of it, and not known to have been unable to work before. A day nobody knows
is not a short while ago. Of somebody whose age nobody knows it cannot be said that the household lived on that income.
"""

import polars as pl

from matcher.screens.columns.cards import graded
from matcher.screens.columns.days import aged, months_before
from matcher.screens.columns.doors import DOOR, beside
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.settings import SEVERE_GRADES
from matcher.screens.columns.workers import WORKING_FROM, WORKING_TO
from matcher.screens.parameters import Whole

INCOME_MONTHS = Whole("lost_income_months", "主要劳动力身故、服刑、重残后的查看月数", 1, 60, "月")


def columns(known: Known) -> pl.DataFrame:
    """imprisoned (today), prison_on, prison_records; disabled_on, disabled_records of the first severe card."""
    # What was told last holds; who was released is not held, whatever stood before.
    told = known.of_kind("custody").sort("valid_from", "code", descending=True, nulls_last=True, maintain_order=True)
    last = told.unique("subject_id", keep="first", maintain_order=True)
    lasts = pl.col("valid_to").is_null() | (pl.col("valid_to") >= known.as_of)
    found = last.filter((pl.col("code") == "imprisoned") & lasts).select(
        "subject_id",
        imprisoned=pl.lit(True),
        prison_on="valid_from",
        prison_records=pl.concat_list("record"),
    )
    # A card issued anew is no new disability where an earlier one is known; of one without a day nobody can tell.
    severe = known.of_kind("disability-card").filter(graded(SEVERE_GRADES.of(known.parameters)))
    first = severe.group_by("subject_id", maintain_order=True).agg(
        disabled_on=pl.when(~pl.col("valid_from").is_null().any()).then(pl.col("valid_from").min()),
        disabled_records=distinct(pl.col("record")),
    )
    return found.join(first, on="subject_id", how="full", coalesce=True)


def among(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """lost_income, lost_cause (dead|imprisoned|disabled), lost_on, lost_records: of everybody behind the door."""
    losses = pl.concat(
        [
            _loss(frame.filter("dead"), "dead", "died", "death_records"),
            _loss(frame.filter("imprisoned"), "imprisoned", "prison_on", "prison_records"),
            _loss(frame.filter("severe"), "disabled", "disabled_on", "disabled_records"),
        ]
    )
    since = months_before(known.as_of, INCOME_MONTHS.of(known.parameters))
    p = known.parameters
    of_age = aged(WORKING_FROM.of(p), WORKING_TO.of(p), pl.col("lost_on"))
    lost = losses.filter((pl.col("lost_on") >= since) & of_age & pl.col("could"))
    lost = lost.sort("lost_on", "lost_cause", descending=[True, False], maintain_order=True)
    latest = lost.group_by(DOOR, maintain_order=True).agg(
        lost_income=pl.lit(True),
        lost_cause=pl.col("lost_cause").first(),
        lost_on=pl.col("lost_on").first(),
        lost_records=pl.col("lost_records").first(),
    )
    return beside(frame, latest)


def _loss(homes: pl.DataFrame, cause: str, on: str, records: str) -> pl.DataFrame:
    could = ~pl.col("incapable") | (pl.col("incapable_since") >= pl.col(on).cast(pl.Date))
    return homes.select(
        DOOR,
        "birth_date",
        lost_cause=pl.lit(cause),
        lost_on=pl.col(on).cast(pl.Date),
        lost_records=pl.col(records).cast(pl.List(pl.String)),
        could=could.fill_null(False),
    )
