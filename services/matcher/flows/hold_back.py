"""A screen that would list a large share of a township at once is held until somebody of the county has looked.

A wrong list of diseases or a feed delivered under the wrong headers shows here first: not in two hundred visits. Who
stands on the list already stays there; people under one screen's hold are still listed by the others.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from matcher.screens.columns.settings import HOLD_LEAST, HOLD_SHARE
from matcher.screens.parameters import Parameters

TOWN = 9
CONFIRMED, REFUSED, HELD = "confirmed", "refused", "held"


@dataclass(frozen=True)
class Held:
    """What one screen finds in one township (12 digits): of so many people known, so many found, so many listed."""

    screen: str
    area: str
    people: int
    found: int
    listed: int


def hold_back(
    found: pl.DataFrame,
    persons: pl.DataFrame,
    listed: Collection[tuple[str, str]],
    decided: Mapping[tuple[str, str], str],
    parameters: Parameters,
) -> tuple[pl.DataFrame, list[Held]]:
    """The findings (FINDING) that may be listed, and what is held. `persons`: PERSON; `listed`: (subject, screen) that
    stand; `decided`: (screen, township) → what was said of it, or `held`."""
    towns = persons.select("subject_id", town=pl.col("area").str.slice(0, TOWN)).unique("subject_id")
    people = dict(towns.group_by("town").len().iter_rows())
    standing = pl.DataFrame(
        list(listed), schema={"subject_id": pl.String, "screen": pl.String}, orient="row"
    ).with_columns(listed=pl.lit(value=True))
    placed = found.join(towns, on="subject_id", how="left", maintain_order="left")
    placed = placed.join(standing, on=["subject_id", "screen"], how="left", maintain_order="left")
    placed = placed.with_columns(pl.col("listed").fill_null(value=False))
    held = []
    counts = placed.group_by("screen", "town").agg(pl.len().alias("found"), pl.col("listed").sum())
    for screen, town, number, there in counts.sort("screen", "town").iter_rows():
        if town is None or town.endswith("000"):  # the county's own list
            continue
        known = people[town]
        said = decided.get((screen, town))
        many = number > HOLD_LEAST.of(parameters) and number > HOLD_SHARE.of(parameters) * known
        if said == REFUSED or (many and said != CONFIRMED and there < number):
            held.append(Held(screen, town.ljust(12, "0"), known, number, there))
    if not held:
        return found, []
    out = pl.DataFrame([(one.screen, one.area[:TOWN]) for one in held], schema=["screen", "town"], orient="row")
    kept = placed.join(out.with_columns(held=pl.lit(value=True)), on=["screen", "town"], how="left")
    kept = kept.filter(pl.col("held").is_null() | pl.col("listed"))
    return kept.select(found.columns).sort("subject_id", "screen"), held
