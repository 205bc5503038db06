"""Thresholds out of what mistakes cost: a doubt is put to a human exactly where asking is cheaper than being wrong.

Three things can be done with a record's likeliest candidate of probability p. Linking costs (1 - p) false links,
leaving it costs p missed ones, asking costs one review. The cheapest of the three changes at two probabilities, and
when reviewers cannot do all that is worth asking, a review is priced up until what is asked fits into their week.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
HIGHEST: Final = 0.9999  # a threshold of 1 would let nothing through
_STEPS: Final = 60  # halvings until a price is known to nine digits


class CostsInvalid(ValueError):
    """Costs by which nothing can be chosen; the message says which."""


@dataclass(frozen=True)
class Costs:
    """What a mistake of linking and a review cost, in one unit of the office's choice (a visit, an hour, a yuan)."""

    false_link: float
    missed_link: float
    review: float

    def __post_init__(self) -> None:
        if not (self.false_link > 0 and self.missed_link > 0 and self.review > 0):
            raise CostsInvalid("costs: a false link, a missed link and a review each cost more than nothing")

    @property
    def even(self) -> float:
        """The probability at which linking costs as much as leaving."""
        return self.false_link / (self.false_link + self.missed_link)


# The shipped thresholds (.05, .80, .99) are those of a false link = 1, a missed one = 4 and a review = 0.01 (somebody
# hidden or missed, half a day, a few minutes) where reviewers have time for the doubts worth 0.2 of a false link.
DEFAULT: Final = Costs(false_link=1.0, missed_link=4.0, review=0.01)


@dataclass(frozen=True)
class Stake:
    """What one use of links states: a visit for nothing, a person missed, and how many records are put to that use.

    `accuses`: the use lists whom records link to (the covered dead); a false link then sends somebody to a wrong door.
    Otherwise it lists whom they do not link to (the uncovered), and a false link hides a person.
    """

    wrong_visit: float
    missed_person: float
    records: float
    accuses: bool = False


@dataclass(frozen=True)
class Choice:
    """Thresholds and what may be expected under them: records asked about, linked, false links and missed ones among
    those not asked about, the cost altogether, and the price of a review (its cost, or more where time is short)."""

    thresholds: Mapping[str, float]
    reviews: float
    linked: float
    false_links: float
    missed_links: float
    cost: float
    price: float


def costs_of(stakes: Sequence[Stake], review: float) -> Costs:
    """What a false and a missed link cost on average over the records. Raises CostsInvalid."""
    total = sum(stake.records for stake in stakes)
    if not stakes or total <= 0 or any(stake.records < 0 for stake in stakes):
        raise CostsInvalid("costs: no use of links is stated, or none with records")
    false = sum(s.records * (s.wrong_visit if s.accuses else s.missed_person) for s in stakes) / total
    missed = sum(s.records * (s.missed_person if s.accuses else s.wrong_visit) for s in stakes) / total
    return Costs(false, missed, review)


def thresholds_from_costs(
    costs: Costs,
    probabilities: Probabilities,
    capacity: float,
    counts: Probabilities | None = None,
    floor: float = 0.01,
) -> Choice:
    """The thresholds of least expected cost over calibrated probabilities of each record's likeliest candidate.

    `capacity`: records that can be asked about; `counts`: how many records each probability stands for (1 if not
    said). possible … probable is the band that is asked about; from `certain` on asking would not be worth it however
    much time there was, so links between probable and certain are those that deserve a look and get none.
    """
    many = np.ones(len(probabilities)) if counts is None else counts
    if capacity < 0 or not np.isfinite(capacity):
        raise CostsInvalid("costs: a capacity is a number of records, 0 or more")
    dearest = costs.false_link * costs.missed_link / (costs.false_link + costs.missed_link)
    low, high = costs.review, max(costs.review, dearest)
    price = low
    if _asked(costs, probabilities, many, low) > capacity:
        for _ in range(_STEPS):
            price = (low + high) / 2
            low, high = (price, high) if _asked(costs, probabilities, many, price) > capacity else (low, price)
        price = high
    possible, probable = _band(costs, price)
    certain = max(probable, _band(costs, costs.review)[1])
    bounds = {"certain": certain, "probable": probable, "possible": possible}
    thresholds = {name: max(bound, floor) for name, bound in bounds.items()}
    return _expected(costs, probabilities, many, price, {**thresholds, "floor": floor})


def _band(costs: Costs, price: float) -> tuple[float, float]:
    """Between which probabilities asking at this price is the cheapest; both the same where it never is."""
    low, high = _written(price / costs.missed_link), _written(1 - price / costs.false_link)
    return (low, high) if low < high else (_written(costs.even), _written(costs.even))


def _written(threshold: float) -> float:
    """As the model's document has it: what is counted must be what will be decided."""
    return float(f"{min(max(threshold, 0.0), HIGHEST):.6g}")


def _asked(costs: Costs, probabilities: Probabilities, counts: Probabilities, price: float) -> float:
    low, high = _band(costs, price)
    return float(counts[(probabilities >= low) & (probabilities < high)].sum())


def _expected(
    costs: Costs, p: Probabilities, counts: Probabilities, price: float, thresholds: Mapping[str, float]
) -> Choice:
    """What happens to these records under these thresholds, reviewers being right."""
    asked = (p >= thresholds["possible"]) & (p < thresholds["probable"])
    linked = p >= thresholds["probable"]
    reviews, taken = float(counts[asked].sum()), float(counts[linked].sum())
    false = float(counts[linked] @ (1 - p[linked]))
    left = ~asked & ~linked
    missed = float(counts[left] @ p[left])
    cost = reviews * costs.review + false * costs.false_link + missed * costs.missed_link
    return Choice(dict(thresholds), reviews, taken, false, missed, cost, price)


def expected_cost(
    costs: Costs, probabilities: Probabilities, counts: Probabilities, model: Mapping[str, float]
) -> Choice:
    """The same figures under thresholds that stand already."""
    return _expected(costs, probabilities, counts, costs.review, model)
