"""The weight of evidence: for each pair the log-odds of "the same person" against "a relative, or a stranger".

Priors are those of the whole county (one person in N), not of the pairs that happened to be compared: what a stranger
looks like is known from random pairs, and blocking does not change it.
"""

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.levels import Patterns, unpack
from matcher.linkage.model import CLASSES, Model

Odds = NDArray[np.float64]


def weigh(patterns: Patterns, model: Model, people: int) -> Odds:
    """Natural log-odds of "same" for each pattern, among `people` distinct persons, calibrated as the model says."""
    if not len(patterns):
        return np.zeros(0)
    distinct, inverse = np.unique(patterns, return_inverse=True)
    same, household, stranger = class_logs(distinct, model, people)
    return model.posterior(same - np.logaddexp(household, stranger))[inverse]


def class_logs(patterns: Patterns, model: Model, people: int) -> tuple[Odds, Odds, Odds]:
    """Log of prior times likelihood of each class, for distinct patterns."""
    levels = unpack(patterns)
    total = {kind: np.zeros(len(patterns)) for kind in CLASSES}
    for kind in CLASSES:
        weights = model.log(kind)
        for field, level in levels.items():
            total[kind] += weights[field][level]
    count = max(people, 2)
    return (
        total["same"] + np.log(model.present / count),
        total["household"] + np.log(model.mates / count),
        total["stranger"],
    )
