"""What stands on the lists today: people at risk without cover, and people covered who perhaps should not be."""

from collections.abc import Mapping

import polars as pl

from matcher.statistics.figure import Figures, Measure, by_area, child
from matcher.statistics.ground import Ground

TIERS = {"必访": "visit", "电话核实": "phone", "观察": "watch"}
# One row per lead: where it is in charge of, its household's card, its tier, the screens that found its person.
LEADS: dict[str, pl.DataType | type[pl.DataType]] = {
    "area": pl.String,
    "card": pl.String,
    "tier": pl.String,
    "screens": pl.List(pl.String),
}


def stock_columns(screens: Mapping[str, str]) -> tuple[Measure, ...]:
    """The columns of a stock. `screens`: id → title of the screens it counts, each a column."""
    return (
        Measure("people", "人数"),
        Measure("households", "户数"),
        *(Measure(name, title) for title, name in TIERS.items()),
        *(Measure(screen, title) for screen, title in screens.items()),
    )


def stock(leads: pl.DataFrame, ground: Ground, measures: tuple[Measure, ...]) -> Figures:
    """Counts by division below. `leads` (LEADS): those that stand, of the kind asked for."""
    placed = leads.with_columns(child(pl.col("area"), ground.area).alias("area"))
    tiers = placed.with_columns(pl.col("tier").replace_strict(TIERS, default=None))
    hits = placed.select("area", "screens").explode("screens")
    counts = [
        placed.group_by("area").agg(pl.len().alias("people"), pl.col("card").n_unique().alias("households")),
        _each(tiers, "tier"),
        _each(hits, "screens"),
    ]
    rows, total = by_area([_whole(counts, measures)], measures, ground.area, ground.standing)
    return Figures(rows, {**total, "households": placed["card"].n_unique()})


def _each(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    """How many rows of each value of `by`, a column per value."""
    return rows.group_by("area", by).len().pivot(by, index="area", values="len")


def _whole(counts: list[pl.DataFrame], measures: tuple[Measure, ...]) -> pl.DataFrame:
    """One frame with every measure: what nobody was found by is nought."""
    frame = counts[0]
    for part in counts[1:]:
        frame = frame.join(part, on="area", how="left")
    have = set(frame.columns)
    named = ((pl.col(one.name) if one.name in have else pl.lit(0)).alias(one.name) for one in measures)
    return frame.select("area", *named).with_columns(pl.exclude("area").cast(pl.Int64).fill_null(0))
