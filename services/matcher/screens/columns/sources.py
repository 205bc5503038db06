"""Who says so: what the feeds are called in a sentence, and which of several is believed first."""

import polars as pl

from matcher.screens.parameters import Orders, Parameters

REGISTRY, ANSWERED = "registry", "outcome"  # not feeds: our own database, and what was seen at the door
NAMES = {
    ANSWERED: "入户核查",
    REGISTRY: "民政登记",
    "health-illness": "卫生健康",
    "health-deaths": "卫生健康",
    "medical-settlements": "医保",
    "cremations": "殡葬",
    "police-answers": "公安",
    "village-slip": "村级月报",
    "disability-cards": "残联",
    "disability-subsidies": "残联补贴",
    "rural-monitoring": "乡村振兴",
    "unemployment": "人社",
    "emergencies": "应急",
    "economic-check": "核对中心",
    "left-behind": "民政名册",
    "staff-roster": "人员名册",
}
# Of each kind of fact the feeds in the order in which they are believed; those not named come after them.
DISPUTED_KINDS = ("death", "household-registration", "public-payroll")
SOURCE_ORDER = Orders("source_order", "各类事实采信来源的先后", DISPUTED_KINDS)


def named(feed: pl.Expr) -> pl.Expr:
    """A feed's name for staff; one a county put in force itself is called by its id."""
    return feed.replace_strict(NAMES, default=pl.format("其他来源（{}）", feed), return_dtype=pl.String)


def place_of(feed: pl.Expr, kind: str, p: Parameters) -> pl.Expr:
    """Where a feed stands in the order of belief for a kind: 0 first; who saw it at the door stands before all."""
    order = SOURCE_ORDER.of(p).get(kind, ())
    places = {ANSWERED: -1, **{name: place for place, name in enumerate(order)}}
    return feed.replace_strict(places, default=len(order), return_dtype=pl.Int32)


def own(grade: pl.Expr, bears: pl.Expr) -> pl.Expr:
    """Whether a record bears the person's own number; where nobody looked, whether its link is certain."""
    return pl.coalesce(bears, grade == "certain")
