"""Sudden events: a disaster, an accident, an epidemic, a fire. They befall a household, not one of its members."""

from datetime import timedelta

import polars as pl

from matcher.screens.columns.days import months_before, told_day
from matcher.screens.columns.doors import DOOR, beside
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.part import Among, Part
from matcher.screens.parameters import Whole, Words

EVENT_NAMES = {
    "disaster": "自然灾害",
    "accident": "意外事故",
    "epidemic": "疫情",
    "fire": "火灾",
    "other": "突发事件",
}
EVENT_CODES = Words("sudden_event_causes", "算作突发困难的事由", tuple(EVENT_NAMES))
EVENT_MONTHS = Whole("sudden_event_months", "突发事件的查看月数", 1, 36, "月")
EMERGENCY_DAYS = Whole("emergency_days", "算作急难的天数", 1, 30, "天")


def columns(known: Known) -> pl.DataFrame:
    """own_event, own_event_cause, own_event_on (null: nobody knows), own_event_records: the latest, then the rest."""
    since = months_before(known.as_of, EVENT_MONTHS.of(known.parameters))
    told = known.of_kind("sudden-event").filter(
        pl.col("code").is_in(list(EVENT_CODES.of(known.parameters)))
        & (pl.col("valid_from").is_null() | (pl.col("valid_from") >= since))
    )
    told = told.sort("valid_from", "code", descending=[True, False], nulls_last=True, maintain_order=True)
    return told.group_by("subject_id", maintain_order=True).agg(
        own_event=pl.lit(True),
        own_event_cause=pl.col("code").first(),
        own_event_on=pl.col("valid_from").first(),
        own_event_records=distinct(pl.col("record")),
    )


def among(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """event, event_cause, event_on, event_records, emergency: of everybody behind the door."""
    told = frame.filter("own_event").sort(
        "own_event_on", "own_event_cause", descending=[True, False], nulls_last=True, maintain_order=True
    )
    about = told.group_by(DOOR, maintain_order=True).agg(
        event=pl.lit(True),
        event_cause=pl.col("own_event_cause").first(),
        event_on=pl.col("own_event_on").first(),
        event_records=pl.col("own_event_records").explode().unique(maintain_order=True),
    )
    newest = known.as_of - timedelta(days=EMERGENCY_DAYS.of(known.parameters))
    return beside(frame, about).with_columns(emergency=(pl.col("event_on") > newest).fill_null(False))


def event_text() -> pl.Expr:
    """`2021年5月3日遭遇火灾`."""
    cause = pl.col("event_cause").replace_strict(EVENT_NAMES, default="突发事件", return_dtype=pl.String)
    return pl.format("{}遭遇{}", told_day("event_on").fill_null("近期（日期不详）"), cause.fill_null("突发事件"))


PARTS = (Part(columns, ("sudden-event",)),)
AMONG = Among(among, ("sudden-event",))
