"""How many people a screening looked at, by township: the first stages of the funnel, as they stood at that moment."""

from collections.abc import Iterator
from typing import Any

import polars as pl

TOTAL = "total"
RISKS = ("severe", "serious", "monitored")
MISSED = "uncovered"
CARD = ("card_class", "card_grade")
DOUBLED = ("doubled", "doubled_where")
# Of a scene's people.
COUNTED = ("subject_id", "area", "registered", "covered", "dead", "programme", *CARD, *DOUBLED, *RISKS)
TWO_COUNTIES = "two-counties"
UNCOVERED = "uncovered"
_TOWN = pl.col("area").str.slice(0, 9).alias("town")


def count_people(scene: pl.DataFrame, findings: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """`scene`: COUNTED. Gives "total" and each township (9 digits; the county's own where nobody knows) → people.

    at_risk: alive, and severely disabled, seriously ill or monitored, or found by a screen of missed people;
    linked: of them, those the registry knows; covered: those with 低保 or 特困 on the day; uncovered: the others;
    linked_uncovered: of these, those the registry knows; screens: people found, by screen, settled ones too; groups,
    cards, doubled: see `_beside`.
    """
    found = findings.filter(pl.col("kind") == MISSED).select("subject_id").unique()
    listed = pl.col("subject_id").is_in(found["subject_id"].implode())
    risk = pl.any_horizontal(*RISKS) | listed
    people = scene.filter(risk & ~pl.col("dead")).with_columns(_TOWN)
    known, covered = pl.col("registered"), pl.col("covered")
    counts = {
        "at_risk": pl.len(),
        "linked": known.sum(),
        "covered": covered.sum(),
        "uncovered": (~covered).sum(),
        "linked_uncovered": (known & ~covered).sum(),
    }
    figures = {row.pop("town"): row for row in people.group_by("town").agg(**counts).sort("town").to_dicts()}
    figures[TOTAL] = people.select(**counts).to_dicts()[0]
    where = findings.join(scene.select("subject_id", "area"), on="subject_id")
    screens = where.group_by(_TOWN, "screen").len().sort("town", "screen")
    for place in figures.values():
        place["screens"] = {}
    for town, screen, number in screens.iter_rows():
        place = figures.setdefault(town, {**dict.fromkeys(counts, 0), "screens": {}})
        place["screens"][screen] = number
        total = figures[TOTAL]["screens"]
        total[screen] = total.get(screen, 0) + number
    beside = _beside(scene.filter(~pl.col("dead")).with_columns(_TOWN))
    for town in beside:
        figures.setdefault(town, {**dict.fromkeys(counts, 0), "screens": {}})
    for town, place in figures.items():
        place.update(beside.get(town) or _nothing())
    return figures


def _nothing() -> dict[str, Any]:
    return {"groups": {}, "cards": {}, "doubled": {"two_counties": 0, "same_county": 0}}


def _beside(alive: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Of "total" and each town with anybody of them: groups {group: [people, covered]}, those of several groups once
    under `any`; cards {"class-grade": {programme, or "uncovered": people}}; doubled {two_counties, same_county}."""
    found: dict[str, dict[str, Any]] = {TOTAL: _nothing()}
    for place in (pl.lit(TOTAL), pl.col("town")):
        at = alive.with_columns(place.alias("place"))
        for group, members in {**{one: pl.col(one) for one in RISKS}, "any": pl.any_horizontal(*RISKS)}.items():
            counted = at.filter(members).group_by("place").agg(pl.len(), pl.col("covered").sum().alias("covered"))
            for town, people, covered in counted.sort("place").iter_rows():
                found.setdefault(town, _nothing())["groups"][group] = [people, covered]
        for town, kind, held, people in _carded(at):
            found.setdefault(town, _nothing())["cards"].setdefault(kind, {})[held] = people
        for town, where, people in _twice(at):
            found.setdefault(town, _nothing())["doubled"][where] = people
    return found


def _carded(people: pl.DataFrame) -> Iterator[tuple[str, str, str, int]]:
    """(place, "class-grade", what covers them, people) of whoever holds a valid card; what is not stated is empty."""
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in CARD]
    held = pl.when("covered").then(pl.col("programme")).fill_null(UNCOVERED)
    cards = people.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in CARD))
    cards = cards.with_columns(pl.concat_str(parts, separator="-").alias("kind"), held.alias("held"))
    yield from cards.group_by("place", "kind", "held").len().sort("place", "kind", "held").iter_rows()


def _twice(people: pl.DataFrame) -> Iterator[tuple[str, str, int]]:
    """(place, where, people) of whoever is covered twice."""
    where = pl.when(pl.col("doubled_where") == TWO_COUNTIES).then(pl.lit("two_counties"))
    twice = people.filter(pl.col("doubled") & pl.col("covered"))
    twice = twice.with_columns(where.otherwise(pl.lit("same_county")).alias("where"))
    yield from twice.group_by("place", "where").len().sort("place", "where").iter_rows()
