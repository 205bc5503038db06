"""What two files show before anything is learned: patterns of the compared pairs and of random ones, equal values.

Random numbers are drawn over rows sorted by what they say, so the order of the files never matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.linkage.general.block import Pairs
from matcher.linkage.general.compare import Comparison, Patterns, rarity
from matcher.linkage.general.encode import Coded, Sides
from matcher.linkage.general.model import Field
from matcher.linkage.general.weigh import Row, Scorer, Weights

SAMPLE: Final = 400_000  # random pairs that show what strangers look like
HOPELESS: Final = -9.0  # log-odds below which a pair has no say in what one person's rows look like


@dataclass(frozen=True)
class Seen:
    """The distinct patterns that matter, those of random pairs, and equal values."""

    blocked: Scorer
    times: Row
    random: Scorer
    random_times: Row
    equal: Mapping[str, tuple[Row, Row, float]]  # by rarity: pairs of equal value, share of rows; pairs with both
    pairs: float  # all there are
    rows: int
    opponents: float
    households: bool  # whether a key brings them together


def see(comparison: Comparison, patterns: Patterns, weights: Weights, *, households: bool) -> Seen:
    """What training reads. `weights` tell the pairs that may be one person, or relatives, from the hopeless."""
    sides, model = comparison.sides, comparison.model
    distinct, times = np.unique(patterns, return_counts=True)
    same, mates, stranger = Scorer(comparison.scale, distinct, model).classes(weights, sides.opponents)
    hopeful = np.maximum(same, mates) - stranger > HOPELESS
    drawn, drawn_times = np.unique(comparison.compare(_random_pairs(sides)), return_counts=True)
    return Seen(
        blocked=Scorer(comparison.scale, distinct[hopeful], model),
        times=times[hopeful].astype(np.float64),
        random=Scorer(comparison.scale, drawn, model),
        random_times=drawn_times.astype(np.float64),
        equal={f.name: equal(sides, sides.columns[f.column], f) for f in comparison.scale.fields},
        pairs=len(sides.their_ids) * sides.opponents,
        rows=len(sides.their_ids),
        opponents=sides.opponents,
        households=households,
    )


def _random_pairs(sides: Sides) -> Pairs:
    draw = np.random.default_rng(20210601)
    theirs = draw.integers(0, max(len(sides.their_ids), 1), SAMPLE)
    ours = draw.integers(0, max(len(sides.our_ids), 1), SAMPLE)
    if sides.within:
        apart = theirs != ours
        theirs, ours = np.maximum(theirs, ours)[apart], np.minimum(theirs, ours)[apart]
    return np.unique(theirs << 32 | ours) if len(sides.our_ids) and len(sides.their_ids) else np.zeros(0, np.int64)


def equal(sides: Sides, column: Coded, field: Field) -> tuple[Row, Row, float]:
    """By class of rarity: how many pairs have an equal value, and the share of rows; and the pairs with two values."""
    ours, theirs = (counts.astype(np.float64) for counts in column.counts)
    met = ours * (ours - 1) / 2 if sides.within else ours * theirs
    total = ours.sum() * (ours.sum() - 1) / 2 if sides.within else ours.sum() * theirs.sum()
    group = rarity(column) if field.frequency else np.zeros(len(ours), dtype=np.int8)
    share = np.bincount(group, weights=ours + theirs, minlength=field.equals)
    alike = np.bincount(group, weights=met, minlength=field.equals).astype(np.float64)
    return alike, (share / share.sum()).astype(np.float64), float(total)
