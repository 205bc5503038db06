"""Answers of humans as material for training, each weighed by how it came to be asked for.

Nobody asks about every pair: reviewers see doubts, townships see people on a list. Counted as they come, such answers
say that most pairs are doubtful. Each therefore stands for as many pairs as were not asked about for it: the inverse
of its chance of being asked, bounded, so that one lucky draw cannot outweigh all others.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.calibrate import EDGES, Answered
from matcher.linkage.levels import Patterns

HEAVIEST: Final = 50.0  # pairs one answer may stand for


@dataclass(frozen=True)
class Labels:
    """Answered pairs: their patterns, whether they are one person, and the chance each had of being asked about
    (NaN where nobody knows: a visit)."""

    patterns: Patterns
    same: NDArray[np.bool_]
    inclusion: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.patterns)

    @classmethod
    def none(cls) -> "Labels":
        """No answers yet."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_), np.zeros(0))


def stands_for(inclusion: NDArray[np.float64], odds: NDArray[np.float64], everybody: Answered) -> NDArray[np.float64]:
    """For how many pairs each answer stands, at most HEAVIEST.

    `odds`: what the model says of each answered pair. Where the chance of being asked is unknown it is estimated: of
    all pairs as likely as this one (`everybody`: odds and how often each stands there), the share that was asked.
    """
    unknown = np.isnan(inclusion)
    size = len(EDGES) + 1
    asked = np.bincount(np.digitize(odds[unknown], EDGES), minlength=size)
    there = np.bincount(np.digitize(everybody.odds, EDGES), weights=everybody.weight, minlength=size)
    share = asked / np.maximum(np.maximum(there, asked), 1.0)
    chance = np.where(unknown, share[np.digitize(odds, EDGES)], np.nan_to_num(inclusion, nan=1.0))
    out: NDArray[np.float64] = 1.0 / np.clip(chance, 1.0 / HEAVIEST, 1.0)
    return out


def worth(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same weights scaled so that all answers together are worth as many as they are, less what uneven weights
    lose (Kish's effective size): a hundred answers that stand for five thousand pairs are still a hundred answers."""
    total = weight.sum()
    if total <= 0:
        return weight
    out: NDArray[np.float64] = weight * total / (weight @ weight)
    return out
