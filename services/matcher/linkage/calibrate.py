"""Turn what a model says into what is true: a monotone map of log-odds, learnt from pairs humans have answered.

Two things make posteriors too sure: fields that lean on each other are counted twice, and the files differ from those
a model was made on. The map is local where answers exist and the identity where nothing is known: answers come from a
band of doubts, and a slope fitted there would say something of pairs nobody ever asked about.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.monotone import falling

Odds = NDArray[np.float64]
# Natural log-odds between which pairs are told apart by answers: at ±8 the model is surer than one in three thousand.
EDGES: Final = (-8.0, -6.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
LEANING: Final = 20.0  # answers a band needs to be believed half, against what the model says itself
_STEEPEST: Final = 1e-3  # knots must rise: equal probabilities would make ties of what the model tells apart
_FURTHEST: Final = 60.0


@dataclass(frozen=True)
class Calibration:
    """Knots of the map, both rising; between them it is linear, beyond them it goes on with the model's own steps."""

    said: tuple[float, ...]
    meant: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.said) != len(self.meant) or not self.said:
            raise ValueError("calibration: as many knots on both sides, and at least one")
        for side in (self.said, self.meant):
            if not all(np.isfinite(side)) or any(b <= a for a, b in pairwise(side)):
                raise ValueError("calibration: knots must rise")

    def apply(self, odds: Odds) -> Odds:
        """Calibrated natural log-odds, in the order of the given ones."""
        said, meant = np.array(self.said), np.array(self.meant)
        low, high = said[0], said[-1]
        inside = np.interp(odds, said, meant)
        out: Odds = inside + np.minimum(odds - low, 0.0) + np.maximum(odds - high, 0.0)
        return out

    def undo(self, odds: Odds) -> Odds:
        """The log-odds a model must say for these to be meant."""
        return Calibration(self.meant, self.said).apply(odds)


@dataclass(frozen=True)
class Answered:
    """Pairs whose truth is known: what the model says (natural log-odds), whether they are one person, and for how
    many pairs like it each stands."""

    odds: Odds
    same: NDArray[np.bool_]
    weight: NDArray[np.float64]


def sloped(slope: float) -> Calibration | None:
    """Every log-odds times `slope`, about even odds; None where that changes nothing. Slopes above 1 are refused: no
    measurement of ours may make a model surer than it is."""
    if not 0 < slope <= 1:
        raise ValueError("calibration: a slope lies between 0 and 1")
    return None if slope == 1 else Calibration((-_FURTHEST, _FURTHEST), (-_FURTHEST * slope, _FURTHEST * slope))


def calibrate(answered: Answered, before: Calibration | None = None) -> Calibration | None:
    """The map these answers ask for, on top of `before`; `before` itself where there are none.

    Isotonic regression over bands of log-odds. Each band leans on what the model expects with LEANING answers' worth,
    so that three answers move little and three hundred move everything. A weight counts within its band only.
    """
    odds = answered.odds if before is None else before.apply(answered.odds)
    if not len(odds):
        return before
    band = np.digitize(odds, EDGES)
    count = np.bincount(band, minlength=len(EDGES) + 1).astype(np.float64)
    weight = np.bincount(band, weights=answered.weight, minlength=len(count))
    seen = count > 0
    scale = np.where(seen, count / np.maximum(weight, 1e-12), 0.0)[band] * answered.weight
    true = np.bincount(band, weights=scale * answered.same, minlength=len(count))
    centre = np.bincount(band, weights=scale * odds, minlength=len(count)) / np.maximum(count, 1)
    middle = np.array([EDGES[0] - 1, *((a + b) / 2 for a, b in pairwise(EDGES)), EDGES[-1] + 1])
    centre = np.where(seen, centre, middle)
    expected = _probability(centre)
    share = (true + LEANING * expected) / (count + LEANING)
    risen = -falling(-share, count + LEANING)
    return _joined(before, centre, _log_odds(risen))


def _joined(before: Calibration | None, centre: Odds, meant: Odds) -> Calibration:
    """The two maps one after the other, as knots on what the model itself says."""
    steps = np.arange(len(meant)) * _STEEPEST
    risen = np.maximum.accumulate(meant - steps) + steps
    after = Calibration(_rounded(centre), _rounded(risen))
    if before is None:
        return after
    said = np.array(sorted({*before.said, *before.undo(centre).tolist()}))
    return Calibration(_rounded(said), _rounded(after.apply(before.apply(said))))


def expected_calibration_error(odds: Odds, answered: Answered) -> float:
    """Mean distance between the probability said and the share that is true, over bands, by weight. 0 without answers.

    `odds`: what is said of the answered pairs, calibrated or not.
    """
    total = float(answered.weight.sum())
    if total <= 0:
        return 0.0
    band = np.digitize(odds, EDGES)
    said = np.bincount(band, weights=answered.weight * _probability(odds), minlength=len(EDGES) + 1)
    true = np.bincount(band, weights=answered.weight * answered.same, minlength=len(EDGES) + 1)
    return float(np.abs(said - true).sum() / total)


def _probability(odds: Odds) -> Odds:
    out: Odds = 1 / (1 + np.exp(-np.clip(odds, -_FURTHEST, _FURTHEST)))
    return out


def _log_odds(probability: Odds) -> Odds:
    clipped = np.clip(probability, 1e-12, 1 - 1e-12)
    out: Odds = np.log(clipped / (1 - clipped))
    return out


def _rounded(row: Odds) -> tuple[float, ...]:
    return tuple(float(f"{value:.6g}") for value in row)
