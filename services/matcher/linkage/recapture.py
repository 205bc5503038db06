"""What blocking missed: the pairs no key brought together, estimated from those that few keys did.

The keys are traps set for the same pairs. They are not independent (a sound number answers to five of them), so keys
that rest on one piece of evidence are one trap: number, date of birth, place, telephone, house, the name alone. From
pairs in one trap only and in two, Chao's lower bound (t - 1) / t · f1² / 2 f2 of t traps tells how many are in none; it
holds however unlike the pairs are. What it leaves out is learnt on counties of known truth (see dispersion), and so is
how far it scatters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# The first word a key's name holds says what it rests on; in this order.
_TRAPS: Final = (
    ("number", ("number",)),
    ("birth", ("birth", "year", "date")),
    ("place", ("village", "township")),
    ("phone", ("phone",)),
    ("house", ("house",)),
    ("name", ("name",)),
)


@dataclass(frozen=True)
class Seldom:
    """Expected true pairs found in one of so many traps only, and in two; `chao` = the pairs in none, at least."""

    once: float
    twice: float
    traps: int

    @property
    def chao(self) -> float:
        """Chao's lower bound in the form that stands a nought."""
        return (self.traps - 1) / self.traps * self.once**2 / (2 * (self.twice + 1))


def trap_of(key: str) -> str:
    """What a blocking key rests on; a key of another kind is a trap of its own."""
    for trap, words in _TRAPS:
        if any(word in key for word in words):
            return trap
    return key


@dataclass(frozen=True)
class Caught:
    """In how many of `traps` traps each pair was."""

    times: NDArray[np.int64]
    traps: int

    def seldom(self, chance: NDArray[np.float64], rows: NDArray[np.bool_] | None = None) -> Seldom:
        """Pairs in one trap and in two (among `rows`), each counted by the chance that it is a true one."""
        weight = chance if rows is None else np.where(rows, chance, 0.0)
        once, twice = (float(weight[self.times == times].sum()) for times in (1, 2))
        return Seldom(once, twice, self.traps)


def caught(masks: NDArray[np.int64], keys: Sequence[str]) -> Caught:
    """What caught each pair: the column `keys` of LINK, and the names of its bits in order.

    A pair without any bit was found through the household, and in one trap."""
    kinds = [trap_of(key) for key in keys]
    times = np.zeros(len(masks), dtype=np.int64)
    for kind in dict.fromkeys(kinds):
        bits = sum(1 << place for place, one in enumerate(kinds) if one == kind)
        times += (masks & bits) > 0
    return Caught(np.maximum(times, 1), len(set(kinds)))
