"""Learn the dispersion: how posteriors, and the count of pairs no key found, related to the truth in known counties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln

from matcher.linkage import dispersion as learnt
from matcher.linkage.block import KEY_NAMES
from matcher.linkage.dispersion import KINDS, MIDDLE, Dispersion, Floats, Loss, Trust
from matcher.linkage.recapture import Seldom, caught

# Before anything is seen a posterior is worth what it says; standard deviations of how far one may be from that.
_START: Final = np.array([0.0, 1.0, 0.0])
_LEANING: Final = np.array([2.0, 0.3, 0.7])
_SPREADS: Final = (0.5, 0.6, 0.8, 1.0, 1.3, 1.7)  # a real county differs more from invented ones than they do
_SLOPES: Final = (0.3, 1.5)
_LOSS_START: Final = np.log(np.array([1.0, 0.02, 0.02, 0.5]))
_LOSS_LEANING: Final = np.array([0.5, 1.0, 1.0, 0.5])


@dataclass(frozen=True)
class Known:
    """One county's links (LINK, all candidates), and the truth: record_id, person_id (null = nobody's)."""

    links: pl.DataFrame
    truth: pl.DataFrame

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """Which candidates are the person."""
        both = self.links.join(self.truth, on="record_id", how="left", maintain_order="left")
        found: NDArray[np.bool_] = (both["person_id"] == both["person_id_right"]).fill_null(False).to_numpy()
        return found

    @cached_property
    def unseen(self) -> int:
        """How many records have their person among the people and not among the candidates."""
        registered = self.truth.drop_nulls("person_id").rename({"person_id": "true"})
        there = registered.join(
            self.links, left_on=["record_id", "true"], right_on=["record_id", "person_id"], how="semi"
        )
        return registered.height - there.height


def learn_dispersion(counties: Sequence[Known], note: str) -> Dispersion:
    """The dispersion these counties show, the same for the same counties in the same order."""
    trust = {name: _trust(counties, place) for place, name in enumerate(KINDS)}
    return Dispersion(trust, _loss(counties, trust), note)


@dataclass(frozen=True)
class _Cell:
    """Candidates of one kind in one county, by what is said of them."""

    said: Floats
    strain: float
    right: Floats
    wrong: Floats

    @property
    def design(self) -> Floats:
        return np.column_stack([np.ones(len(self.said)), self.said, np.full(len(self.said), self.strain - MIDDLE)])


def _trust(counties: Sequence[Known], kind: int) -> Trust:
    cells = [cell for one in counties for cell in [_cell(one, kind)] if len(cell.said)]
    at = _fitted(cells)
    spread = max(_SPREADS, key=lambda spread: sum(_evidence(cell, at, spread) for cell in cells))
    intercept, slope, strain = (float(f"{value:.5g}") for value in at)
    return Trust(intercept, slope, strain, spread)


def _cell(one: Known, kind: int) -> _Cell:
    rows = learnt.kinds(one.links) == kind
    said, place = np.unique(learnt.said_by(one.links)[rows], return_inverse=True)
    right = np.bincount(place, weights=one.right[rows], minlength=len(said)).astype(np.float64)
    return _Cell(said, learnt.strain_of(one.links), right, np.bincount(place, minlength=len(said)) - right)


def _fitted(cells: Sequence[_Cell]) -> Floats:
    """Penalised logistic regression of all counties together."""
    if not cells:
        return _START
    design = np.concatenate([cell.design for cell in cells])
    right, wrong = (np.concatenate([getattr(cell, name) for cell in cells]) for name in ("right", "wrong"))

    def cost(at: Floats) -> float:
        odds = design @ at
        lost = right @ np.logaddexp(0, -odds) + wrong @ np.logaddexp(0, odds)
        return float(lost + (((at - _START) / _LEANING) ** 2).sum() / 2)

    found = minimize(cost, _START, method="L-BFGS-B", bounds=[(None, None), _SLOPES, (None, None)])
    return np.asarray(found.x, dtype=np.float64)


def _evidence(cell: _Cell, at: Floats, spread: float) -> float:
    """Log-likelihood of one county when its own effect has this standard deviation."""
    effects, weight = learnt.cases(Trust(0, 1, 0, spread))
    odds = (cell.design @ at)[None, :] + effects[:, None]
    log = -(np.logaddexp(0, -odds) @ cell.right + np.logaddexp(0, odds) @ cell.wrong)
    return float(np.logaddexp.reduce(log + np.log(weight)))


def _loss(counties: Sequence[Known], trust: Mapping[str, Trust]) -> Loss:
    """Negative-binomial likelihood of how many were unseen, given the two counts."""
    rare = [_seldom(one, trust) for one in counties]
    unseen = np.array([one.unseen for one in counties], dtype=np.float64)
    chao, once, twice = (np.array([getattr(one, name) for one in rare]) for name in ("chao", "once", "twice"))

    def cost(log: Floats) -> float:
        ratio, share, least, spread = np.exp(log)
        mean = ratio * chao + share * once + least
        shape = 1 / (spread**2 + 4 / (once + 1) + 1 / (twice + 1))
        told = gammaln(unseen + shape) - gammaln(shape) - gammaln(unseen + 1)
        told += shape * np.log(shape / (shape + mean)) + unseen * np.log(mean / (shape + mean))
        return float(-told.sum() + (((log - _LOSS_START) / _LOSS_LEANING) ** 2).sum() / 2)

    found = minimize(cost, _LOSS_START, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-5, "fatol": 1e-7})
    return Loss(*(float(f"{value:.5g}") for value in np.exp(found.x)))


def _seldom(one: Known, trust: Mapping[str, Trust]) -> Seldom:
    chance = np.zeros(len(one.links))
    kind, said, strain = learnt.kinds(one.links), learnt.said_by(one.links), learnt.strain_of(one.links)
    for place, name in enumerate(KINDS):
        effects, weight = learnt.cases(trust[name])
        rows = kind == place
        odds = trust[name].odds(said[rows], strain)
        chance[rows] = weight @ learnt.logistic(odds[None, :] + effects[:, None])
    return caught(one.links["keys"].to_numpy(), KEY_NAMES).seldom(chance)
