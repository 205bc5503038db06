"""How far to trust a posterior: what became of posteriors like it in counties whose truth is known.

A model trained elsewhere is sure of itself. How its probabilities relate to the truth, and by how much that differs
from county to county, was learnt on invented counties of several sizes and error levels and is frozen as data. Labels
of the county itself then say which county it is.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage.levels import COMMONEST, RAREST, code, unpack

Floats = NDArray[np.float64]
KINDS: Final = ("linked", "mismatch", "borrowed", "doubted")
MIDDLE: Final = -2.5  # log of the strain the intercepts stand at
_CASES: Final = np.linspace(-3.5, 3.5, 29)  # county effects considered, in standard deviations
_FURTHEST: Final = 16.0


@dataclass(frozen=True)
class Trust:
    """For one kind of candidate: log-odds of being right = intercept + slope · what the model says + strain · (how
    strained the county's sure links are) + the county's own effect, whose standard deviation is `spread`."""

    intercept: float
    slope: float
    strain: float
    spread: float

    def odds(self, said: Floats, strain: float) -> Floats:
        """Log-odds without the county's own effect."""
        return self.intercept + self.slope * said + self.strain * (strain - MIDDLE)


@dataclass(frozen=True)
class Loss:
    """Pairs not among the candidates = `ratio` · Chao's bound + `share` · pairs in one trap + `least`; its relative
    standard deviation, apart from that of the two counts, is `spread`."""

    ratio: float
    share: float
    least: float
    spread: float


@dataclass(frozen=True)
class Dispersion:
    """All that was learnt, and on what (`note`)."""

    trust: Mapping[str, Trust]
    loss: Loss
    note: str = ""

    @property
    def text(self) -> str:
        """JSON, as `parse` reads it."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def parse(cls, text: str) -> "Dispersion":
        """From JSON. Raises KeyError or TypeError where something is missing."""
        data = json.loads(text)
        trust = {kind: Trust(**data["trust"][kind]) for kind in KINDS}
        return cls(trust, Loss(**data["loss"]), data["note"])

    @classmethod
    def default(cls) -> "Dispersion":
        """The shipped one, learnt with the shipped model on tuning seeds."""
        return cls.parse(
            resources.files("matcher.linkage").joinpath("data/dispersion.json").read_text(encoding="utf-8")
        )


def kinds(links: pl.DataFrame) -> NDArray[np.int64]:
    """Index into KINDS of each candidate: posteriors mean different things for them. `links`: assigned, pattern."""
    levels = unpack(links["pattern"].to_numpy())
    same = np.isin(levels["number"], (code("number", "equal"), code("number", "upgraded")))
    other = np.isin(levels["name"], (code("name", "surname"), code("name", "differs")))
    out = np.full(len(links), KINDS.index("doubted"), dtype=np.int64)
    out[levels["number"] == code("number", "of-member")] = KINDS.index("borrowed")
    out[same & other] = KINDS.index("mismatch")
    out[links["assigned"].to_numpy()] = KINDS.index("linked")
    return out


def strain_of(links: pl.DataFrame) -> float:
    """How much is amiss in what is linked anyway: log of the share of links whose number or name is not the same."""
    levels = unpack(links.filter("assigned")["pattern"].to_numpy())
    number = np.isin(levels["number"], (code("number", "equal"), code("number", "upgraded")))
    name = (levels["name"] >= code("name", RAREST)) & (levels["name"] <= code("name", COMMONEST))
    return float(np.log(((~(number & name)).sum() + 0.5) / (len(number) + 1)))


def said_by(links: pl.DataFrame) -> Floats:
    """Log-odds of the probabilities, bounded."""
    p = links["probability"].to_numpy()
    out: Floats = np.clip(np.log(np.maximum(p, 1e-12)) - np.log(np.maximum(1 - p, 1e-12)), -_FURTHEST, _FURTHEST)
    return np.round(out, 1)


def cases(trust: Trust) -> tuple[Floats, Floats]:
    """County effects and their weights before anything is known of the county."""
    weight = np.exp(-(_CASES**2) / 2)
    return _CASES * trust.spread, weight / weight.sum()


def logistic(odds: Floats) -> Floats:
    """Probability of log-odds."""
    out: Floats = 1 / (1 + np.exp(-odds))
    return out
