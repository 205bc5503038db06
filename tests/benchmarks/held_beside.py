"""Two linkages of the same records held against one truth: who errs how often, how sure the ratio is, and where.

An error is a false link or a missed one; a record linked to the wrong person is both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from doudi.evaluation import evaluate

DRAWS = 10_000
MOST = 3  # errors of one record are 0, 1 or 2


def errors(links: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Per record of the truth: feed_id, channel, false, missed (0 or 1)."""
    taken = links.filter("assigned").select("feed_id", found="person_id")
    told = truth.join(taken, on="feed_id", how="left", maintain_order="left", validate="1:1")
    right = (pl.col("found") == pl.col("person_id")).fill_null(False)
    return told.select(
        "feed_id",
        "channel",
        false=(pl.col("found").is_not_null() & ~right).cast(pl.Int8),
        missed=(pl.col("person_id").is_not_null() & ~right).cast(pl.Int8),
    )


@dataclass(frozen=True)
class Ratio:
    """Ours over theirs: the pooled value and bootstrap intervals of 90 and 95 percent."""

    value: float
    within_90: tuple[float, float]
    within_95: tuple[float, float]

    def __str__(self) -> str:
        low, high = self.within_90
        lower, higher = self.within_95
        return f"{self.value:.3f}  90 % {low:.3f}–{high:.3f}  95 % {lower:.3f}–{higher:.3f}"


def ratio(ours: Sequence[pl.DataFrame], theirs: Sequence[pl.DataFrame], seed: int = 20210601) -> Ratio:
    """Errors of ours over theirs, pooled over counties, one pair of `errors` frames per county.

    The bootstrap draws counties with replacement, and within each its records (as a Poisson count for every combination
    of our and their errors on one record, which is the same and needs no records).
    """
    tallies = np.array([_tally(mine, peer) for mine, peer in zip(ours, theirs, strict=True)], dtype=np.float64)
    draw = np.random.default_rng(seed)
    counties = draw.integers(0, len(tallies), (DRAWS, len(tallies)))
    drawn = draw.poisson(tallies[counties]).sum(axis=1)
    mine, peer = drawn @ _weights(of_ours=True), drawn @ _weights(of_ours=False)
    values = mine / np.maximum(peer, 1)
    pooled = tallies.sum(axis=0)
    cuts = [float(cut) for cut in np.quantile(values, [0.05, 0.95, 0.025, 0.975])]
    value = float(pooled @ _weights(of_ours=True) / max(pooled @ _weights(of_ours=False), 1))
    return Ratio(value, (cuts[0], cuts[1]), (cuts[2], cuts[3]))


def _tally(ours: pl.DataFrame, theirs: pl.DataFrame) -> np.ndarray:
    """How many records have o errors by us and t by them, at o × MOST + t."""
    both = ours.join(theirs, on="feed_id", validate="1:1")
    assert both.height == ours.height == theirs.height, "the two linkages speak of different records"
    place = (pl.col("false") + pl.col("missed")) * MOST + pl.col("false_right") + pl.col("missed_right")
    return np.bincount(both.select(place).to_series().to_numpy(), minlength=MOST * MOST)


def _weights(*, of_ours: bool) -> np.ndarray:
    place = np.arange(MOST * MOST)
    return place // MOST if of_ours else place % MOST


def channels(**systems: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Errors by channel, one column per system, pooled over its counties, most of the first system first."""
    table: pl.DataFrame | None = None
    for name, frames in systems.items():
        total = pl.concat(frames).group_by("channel").agg((pl.col("false") + pl.col("missed")).cast(pl.Int64).sum())
        total = total.rename({"false": name})
        table = total if table is None else table.join(total, on="channel", how="full", coalesce=True)
    assert table is not None
    names = list(systems)
    return table.filter(pl.sum_horizontal(names) > 0).sort(
        [*names, "channel"], descending=[*[True] * len(names), False]
    )


def fewest(links: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """`links` with the likeliest candidate of every record `assigned` above the threshold that errs least by the truth:
    what somebody reaches who knows it."""
    best = links.sort(["feed_id", "probability", "person_id"], descending=[False, True, False]).unique(
        "feed_id", keep="first", maintain_order=True
    )
    told = best.join(truth.select("feed_id", true="person_id"), on="feed_id")
    gain = told.with_columns(right=(pl.col("person_id") == pl.col("true")).fill_null(False))
    falling = (
        gain.group_by("probability")
        .agg(score=(2 * pl.col("right").cast(pl.Int64) - 1).sum())
        .sort("probability", descending=True)
        .with_columns(pl.col("score").cum_sum())
    )
    bound = falling.sort("score", descending=True)["probability"][0] if falling.height else 1.0
    return best.with_columns(assigned=pl.col("probability") >= bound)


def f1(links: pl.DataFrame, truth: pl.DataFrame) -> float:
    """F1 of assigned links."""
    return evaluate(links, truth).overall.f1
