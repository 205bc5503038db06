"""How many of several doubtful things are so: the distribution of a count, and the interval that holds it.

Each part of a count is told by its generating function on the unit circle, where a sum of independent parts is a
product; one Fourier transform gives the whole distribution. Normal tails would put expected counts of .3, the usual
case, below nought.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]
LEVEL: Final = 0.90
_WIDEST: Final = 4096  # counts beyond which the bell curve is used
_TINY: Final = 0.02  # chances below it together are a Poisson count, to a thousandth of a count
_NORMAL: Final = 1.6449


@dataclass(frozen=True)
class Expected:
    """A count that is not known: its mean and variance, and the 90 % interval, both ends included."""

    mean: float
    variance: float
    low: int
    high: int


class Part(Protocol):
    """One independent part of a count."""

    @property
    def mean(self) -> float:
        """Expected number."""

    @property
    def variance(self) -> float:
        """Of the number."""

    def at(self, z: Complex) -> Complex:
        """The generating function E[z ** count]."""


@dataclass(frozen=True)
class Chances:
    """Many doubtful things that go right or wrong together: `chance` (cases, kinds) under each of several cases, of
    which one holds with probability `weight`; there are `count` things of each kind."""

    chance: Floats
    count: Floats
    weight: Floats

    @property
    def mean(self) -> float:
        """Expected number."""
        return float(self.weight @ (self.chance @ self.count))

    @property
    def variance(self) -> float:
        """Within the cases and between them."""
        inner = self.weight @ ((self.chance * (1 - self.chance)) @ self.count)
        means = self.chance @ self.count
        return float(inner + self.weight @ (means - self.mean) ** 2)

    def at(self, z: Complex) -> Complex:
        """The mixture over the cases."""
        small = (self.chance < _TINY).all(axis=0)
        rate = self.chance[:, small] @ self.count[small]
        log: Complex = (rate[:, None] * (z - 1)[None, :]).astype(np.complex128)
        for kind in np.flatnonzero(~small):
            log += self.count[kind] * np.log1p(self.chance[:, kind, None] * (z - 1)[None, :])
        out: Complex = (self.weight[:, None] * np.exp(log)).sum(axis=0)
        return out


@dataclass(frozen=True)
class Rate:
    """A Poisson count whose rate is itself only known as a gamma distribution (`mean`, and its shape)."""

    mean: float
    shape: float

    @property
    def variance(self) -> float:
        """That of a negative binomial."""
        return self.mean + self.mean**2 / self.shape

    def at(self, z: Complex) -> Complex:
        """(1 + mean/shape · (1 − z)) ** −shape."""
        out: Complex = np.exp(-self.shape * np.log1p(self.mean / self.shape * (1 - z)))
        return out


def expected(parts: Sequence[Part]) -> Expected:
    """The sum of independent parts."""
    mean = sum(part.mean for part in parts)
    variance = sum(part.variance for part in parts)
    low, high = _interval(parts, mean, variance)
    return Expected(round(mean, 3), round(variance, 3), low, high)


def together(counts: Sequence[Expected]) -> Expected:
    """Several counts as one, as if they had nothing in common: the batches of one feed, the feeds of one county.

    Its interval is that of a negative binomial of the same mean and variance."""
    mean, variance = sum(one.mean for one in counts), sum(one.variance for one in counts)
    over = max(variance - mean, 1e-6 * max(mean, 1.0))
    part = Rate(mean, max(mean, 1e-9) ** 2 / over)
    low, high = _interval([part], mean, variance)
    return Expected(round(mean, 3), round(variance, 3), low, high)


def _interval(parts: Sequence[Part], mean: float, variance: float) -> tuple[int, int]:
    reach = mean + 12 * np.sqrt(variance) + 31
    if reach > _WIDEST:
        half = _NORMAL * np.sqrt(variance)
        return max(int(np.floor(mean - half)), 0), int(np.ceil(mean + half))
    size = 1 << int(np.ceil(np.log2(reach)))
    z = np.exp(2j * np.pi * np.arange(size) / size)
    whole = np.ones(size, dtype=np.complex128)
    for part in parts:
        whole = whole * part.at(z)
    below = np.cumsum(np.maximum(np.fft.fft(whole).real / size, 0.0))
    tail = (1 - LEVEL) / 2
    low = int(np.searchsorted(below, tail + 1e-9, side="right"))
    return low, min(int(np.searchsorted(below, 1 - tail - 1e-9, side="left")), size - 1)
