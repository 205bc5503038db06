"""Rows of one file gathered into people: within every knot of likely pairs, rows are joined by average linkage.

Two groups of rows become one person only while the pairs between them speak for it on average: one likely pair does
not chain two families together, and one unlikely pair does not tear five rows of one person apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matcher.linkage.general.block import MASK, Pairs
from matcher.linkage.general.decide import logit
from matcher.linkage.general.model import GeneralModel

Row = NDArray[np.float64]
CLIP: Final = 15.0  # natural log-odds beyond which a pair speaks no louder
LARGEST: Final = 200  # rows of a knot; larger ones are first cut at surer pairs


@dataclass(frozen=True)
class Clustered:
    """For each row its cluster (the first row's number), and all pairs within knots with their odds."""

    root: NDArray[np.int64]
    pairs: Pairs
    odds: Row  # of joined pairs at least what their cluster has on average


def cluster(rows: int, pairs: Pairs, odds: Row, model: GeneralModel, weigh: Callable[[Pairs], Row]) -> Clustered:
    """`weigh` gives the odds of pairs no key has brought together."""
    knots = _knots(rows, pairs, odds, model)
    inner = _inner(knots)
    known = np.searchsorted(pairs, inner)
    there = pairs[np.minimum(known, max(len(pairs) - 1, 0))] == inner if len(pairs) else np.zeros(len(inner), np.bool_)
    scores = np.zeros(len(inner))
    scores[there] = odds[known[there]]
    scores[~there] = weigh(inner[~there])
    root = np.arange(rows, dtype=np.int64)
    start = 0
    for knot in knots:
        mine = slice(start, start + len(knot) * (len(knot) - 1) // 2)
        root[knot] = _join(knot, scores[mine], model)
        start = mine.stop
    order = np.argsort(inner)
    return Clustered(root, inner[order], _lifted(root, inner[order], scores[order]))


def _lifted(root: NDArray[np.int64], pairs: Pairs, odds: Row) -> Row:
    """A pair whose rows were joined is as likely as the rows of its cluster are on the whole, if not likelier."""
    joined = root[pairs >> 32] == root[pairs & MASK]
    where = root[pairs >> 32][joined]
    clipped = np.clip(odds[joined], -CLIP, CLIP)
    mean = np.bincount(where, weights=clipped, minlength=len(root)) / np.maximum(
        np.bincount(where, minlength=len(root)), 1
    )
    lifted = odds.copy()
    lifted[joined] = np.maximum(odds[joined], mean[where])
    return lifted


def _knots(rows: int, pairs: Pairs, odds: Row, model: GeneralModel) -> list[NDArray[np.int64]]:
    """Rows connected by possible pairs; where that is too many, by probable, then by certain and by surer ones."""
    at = model.thresholds
    found: list[NDArray[np.int64]] = []
    inside = np.ones(rows, dtype=np.bool_)
    for bound in (logit(at.possible), logit(at.probable), logit(at.certain), CLIP / 1.5, CLIP):
        keep = (odds >= bound) & inside[pairs >> 32] & inside[pairs & MASK]
        left, right = pairs[keep] >> 32, pairs[keep] & MASK
        table = coo_array((np.ones(len(left)), (left, right)), shape=(rows, rows))
        _, label = connected_components(table, directed=False)
        order = np.argsort(label, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
        found += [part for part in parts if 1 < len(part) <= LARGEST and inside[part[0]]]
        inside = np.zeros(rows, dtype=np.bool_)
        for part in parts:
            inside[part] = len(part) > LARGEST
        if not inside.any():
            break
    return found


def _inner(knots: list[NDArray[np.int64]]) -> Pairs:
    """All pairs within each knot, one knot after the other."""
    made = [np.zeros(0, dtype=np.int64)]
    for knot in knots:
        low, high = np.triu_indices(len(knot), 1)
        made.append(knot[high] << 32 | knot[low])
    return np.concatenate(made)


def _join(knot: NDArray[np.int64], scores: Row, model: GeneralModel) -> NDArray[np.int64]:
    """The cluster of each row of a knot, by its first row; `scores` in the order of `triu_indices`."""
    bound = logit(model.thresholds.probable)
    if scores.min() >= bound:
        return np.full(len(knot), knot[0])
    if scores.max() < bound:
        return knot
    apart = CLIP - np.clip(scores, -CLIP, CLIP)
    label = fcluster(linkage(apart, "average"), CLIP - bound, "distance")
    _, first, place = np.unique(label, return_index=True, return_inverse=True)
    return knot[first[place]]
