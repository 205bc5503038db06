"""How far readings can be trusted, and what they say of the links: agreement, kappa, precision. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from matcher.reviews.rule import Answer

Z_90 = 1.6448536269514722  # of a two-sided interval of 90 %


@dataclass(frozen=True)
class Agreement:
    """Doubts two people read without knowing of each other."""

    read_twice: int
    agreed: int
    rate: float | None
    kappa: float | None  # Cohen's; None where there is nothing to disagree about


@dataclass(frozen=True)
class Precision:
    """Links found right among those looked at, with the Wilson interval of 90 %."""

    reviewed: int
    right: int
    share: float | None
    low: float | None
    high: float | None


def agreement(pairs: Sequence[tuple[Answer, Answer]]) -> Agreement:
    """Two who name different people disagree. Chance is that of the verdicts (same, different, unsure) as the first and
    the second readers use them."""
    total = len(pairs)
    agreed = sum(one.agrees(other) for one, other in pairs)
    if not total:
        return Agreement(0, 0, None, None)
    first, second = (Counter(pair[place].verdict for pair in pairs) for place in (0, 1))
    chance = sum(first[verdict] * second[verdict] for verdict in first) / total**2
    observed = agreed / total
    kappa = None if chance == 1 else round((observed - chance) / (1 - chance), 4)
    return Agreement(total, agreed, round(observed, 4), kappa)


def precision(right: int, reviewed: int) -> Precision:
    """Of links looked at one by one, drawn alike."""
    if not reviewed:
        return Precision(0, 0, None, None, None)
    share, square = right / reviewed, Z_90**2
    middle = (share + square / (2 * reviewed)) / (1 + square / reviewed)
    half = Z_90 * math.sqrt(share * (1 - share) / reviewed + square / (4 * reviewed**2)) / (1 + square / reviewed)
    return Precision(
        reviewed, right, round(share, 4), round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)
    )


def weighted_share(drawn: Sequence[tuple[bool, float]]) -> float | None:
    """The share of right links among all, of samples (right, probability of having been drawn): each stands for as many
    as were not drawn beside it."""
    whole = sum(1 / inclusion for _, inclusion in drawn)
    return round(sum(1 / inclusion for right, inclusion in drawn if right) / whole, 4) if drawn else None
