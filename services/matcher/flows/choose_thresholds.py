"""Thresholds from what mistakes cost the county: what each feed's links are used for says which mistake is which."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.costs import Choice, Costs, Stake, costs_of, expected_cost, thresholds_from_costs
from matcher.linkage.model import Model

# Feeds whose links put somebody on a list (of the covered who died). All others take people off one: whoever links to
# a covered person needs no visit.
ACCUSING = frozenset({"health-deaths"})


@dataclass(frozen=True)
class Worth:
    """What a visit for nothing and a person missed cost; `by_feed` where it differs; a review; and how many records
    can be looked at from one round of deliveries to the next."""

    wrong_visit: float
    missed_person: float
    review: float
    capacity: float
    by_feed: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Chosen:
    """The costs of the two mistakes of linking, what stands, what follows, and the model with what follows."""

    costs: Costs
    now: Choice
    then: Choice
    model: Model


def choose_thresholds(model: Model, histogram: Mapping[str, list[dict[str, Any]]], worth: Worth) -> Chosen:
    """Thresholds over the probabilities `model` gave (per feed: probability, records). Raises CostsInvalid."""
    stakes = []
    for feed, bars in sorted(histogram.items()):
        visit, missed = worth.by_feed.get(feed, (worth.wrong_visit, worth.missed_person))
        stakes.append(Stake(visit, missed, sum(bar["records"] for bar in bars), accuses=feed in ACCUSING))
    costs = costs_of(stakes, worth.review)
    probabilities, counts = _bars(histogram)
    floor = model.thresholds["floor"]
    then = thresholds_from_costs(costs, probabilities, worth.capacity, counts, floor)
    now = expected_cost(costs, probabilities, counts, model.thresholds)
    return Chosen(costs, now, then, replace(model, thresholds=then.thresholds))


def _bars(histogram: Mapping[str, list[dict[str, Any]]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    bars = [bar for feed in sorted(histogram) for bar in histogram[feed]]
    return (
        np.array([bar["probability"] for bar in bars], dtype=np.float64),
        np.array([bar["records"] for bar in bars], dtype=np.float64),
    )
