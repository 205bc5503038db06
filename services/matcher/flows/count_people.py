"""How many people a screening looked at, by township: the first stages of the funnel, as they stood at that moment."""

from typing import Any

import polars as pl

TOTAL = "total"
RISKS = ("severe", "serious", "monitored")
MISSED = "uncovered"
COUNTED = ("subject_id", "area", "registered", "covered", "dead", *RISKS)  # of a scene's people


def count_people(scene: pl.DataFrame, findings: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """`scene`: COUNTED. Gives "total" and each township (9 digits; the county's own where nobody knows) → people.

    at_risk: alive, and severely disabled, seriously ill or monitored, or found by a screen of missed people;
    linked: of them, those the registry knows; covered: those with 低保 or 特困 on the day; uncovered: the others;
    linked_uncovered: of these, those the registry knows; screens: people found, by screen, settled ones too.
    """
    found = findings.filter(pl.col("kind") == MISSED).select("subject_id").unique()
    listed = pl.col("subject_id").is_in(found["subject_id"].implode())
    risk = pl.any_horizontal(*RISKS) | listed
    people = scene.filter(risk & ~pl.col("dead")).with_columns(pl.col("area").str.slice(0, 9).alias("town"))
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
    screens = where.group_by(pl.col("area").str.slice(0, 9).alias("town"), "screen").len().sort("town", "screen")
    for place in figures.values():
        place["screens"] = {}
    for town, screen, number in screens.iter_rows():
        place = figures.setdefault(town, {**dict.fromkeys(counts, 0), "screens": {}})
        place["screens"][screen] = number
        total = figures[TOTAL]["screens"]
        total[screen] = total.get(screen, 0) + number
    return figures
