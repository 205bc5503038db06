"""Fit a model by deterministic expectation–maximisation on counts of patterns; nothing here knows how pairs are found.

What strangers look like is counted on random pairs, never guessed by EM: the few strangers that blocking lets through
are no sample of strangers, and a model that learns from them takes everything for a match. EM learns how the same
person's records differ, and how many records have their person among the people. Whatever cannot be trusted is an
error: the model in force stays.
"""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.linkage import levels as scale
from matcher.linkage.calibrate import Answered, Odds, calibrate, expected_calibration_error, sloped
from matcher.linkage.counts import Counts, added, beside, blend, count, distance
from matcher.linkage.labels import Labels, stands_for, worth
from matcher.linkage.levels import FIELDS, Patterns, code
from matcher.linkage.model import Model
from matcher.linkage.weigh import class_logs

STRENGTH: Final = 2_000.0  # pairs the starting model is worth against what the files show
MOST_ROUNDS: Final = 60
HABIT: Final = 40.0  # pairs of the start that one pair of the files is worth where a habit is learnt
TOLERANCE: Final = 1e-5
_UNMISTAKABLE: Final = (("number", "equal"), ("name", scale.RAREST), ("birth", "equal"))
_LEANS: Final = 0.97  # a slope nearer to 1 than this is chance


class TrainingFailed(ValueError):
    """EM did not converge, or what it found cannot be "the same person"; the message says which."""


@dataclass(frozen=True)
class Seen:
    """What the files at hand show, whole or sampled by record: distinct patterns of compared pairs and how often each
    stands there, the level counts of random pairs, all people, and the records whose pairs are counted."""

    patterns: Patterns
    counts: NDArray[np.int64]
    strangers: Counts
    people: int
    records: int


@dataclass(frozen=True)
class Learnt:
    """A trained model and how it came about. `ece`: expected calibration error on the answers, before and after they
    were used (null without answers); `slope`: 1 where no fields lean on each other."""

    model: Model
    rounds: int
    pairs: int
    matches: float
    slope: float
    labels: int
    ece: tuple[float, float] | None


def learn(seen: Seen, start: Model, labels: Labels | None = None) -> Learnt:
    """The model fitted to what was seen, leaning on `start`; answers enter as anchored counts and calibrate it.

    Raises TrainingFailed where there is nothing to learn from, EM does not settle in MOST_ROUNDS, the classes swap,
    or same and stranger can no longer be told apart.
    """
    told = labels if labels is not None else Labels.none()
    if not len(seen.patterns) or not any(counts.sum() for counts in seen.strangers.values()):
        raise TrainingFailed("nothing to learn from: no two rows were worth comparing")
    work = _Work(seen, start, told)
    for rounds in range(1, MOST_ROUNDS + 1):
        moved = work.step()
        if moved < TOLERANCE:
            return _finish(work, rounds)
    raise TrainingFailed(f"no convergence in {MOST_ROUNDS} rounds; the last one still moved weights by {moved:.2g}")


@dataclass
class _Work:
    """EM in progress."""

    seen: Seen
    start: Model
    labels: Labels
    model: Model = field(init=False)
    share: Odds = field(init=False)  # of each pattern's pairs, how many are one person

    def __post_init__(self) -> None:
        weights = blend(self.start, {"stranger": self.seen.strangers}, STRENGTH, guessed=True)
        self.model = replace(self.start, weights=weights, note="trained on the files at hand", calibration=None)

    def step(self) -> float:
        """One round; how far it moved the weights."""
        seen = self.seen
        same, household, stranger = class_logs(seen.patterns, self.model, seen.people)
        self.share = 1 / (1 + np.exp(np.clip(np.logaddexp(household, stranger) - same, -700, 700)))
        matches = self.share * seen.counts
        present = float(np.clip((matches.sum() + 5) / (seen.records + 10), 0.01, 0.99))
        relative = np.exp(household - np.logaddexp(same, np.logaddexp(household, stranger)))
        counted = {
            "same": count(seen.patterns, matches),
            "household": _habit(seen.patterns, relative * seen.counts),
            "stranger": seen.strangers,
        }
        if len(self.labels):
            self._anchor(counted, same - np.logaddexp(household, stranger))
        weights = blend(self.start, counted, STRENGTH, guessed=True)
        moved = abs(present - self.model.present) + distance(weights, self.model.weights)
        self.model = replace(self.model, weights=weights, present=present)
        return moved

    def _anchor(self, counted: dict[str, Counts], odds: Odds) -> None:
        """Answered pairs as further observations whose class is no longer guessed. A pair that is not one person is a
        relative as far as the model takes it for one: of strangers, answers are no sample."""
        labels = self.labels
        weight = worth(self.stand_for(odds))
        counted["same"] = added(counted["same"], count(labels.patterns, weight * labels.same))
        _, household, stranger = class_logs(labels.patterns, self.model, self.seen.people)
        relative = 1 / (1 + np.exp(np.clip(stranger - household, -700, 700)))
        told = count(labels.patterns, weight * ~labels.same * relative)
        counted["household"] = added(counted["household"], told)

    def stand_for(self, odds: Odds) -> NDArray[np.float64]:
        """For how many pairs each answer stands, `odds` being what the model says of the patterns seen."""
        everybody = Answered(odds, np.zeros(len(odds), dtype=np.bool_), self.seen.counts.astype(np.float64))
        return stands_for(self.labels.inclusion, self.odds(self.labels.patterns), everybody)

    def odds(self, patterns: Patterns) -> Odds:
        """What the model says as it stands, before any calibration."""
        same, household, stranger = class_logs(patterns, self.model, self.seen.people)
        out: Odds = same - np.logaddexp(household, stranger)
        return out


def _habit(patterns: Patterns, weight: NDArray[np.float64]) -> Counts:
    """How often a borrowed number stands beside its owner's date of birth: where an agency writes the date out of the
    number it always does, and then the date says nothing. Of all that tells relatives apart this alone is learnt from
    the files, since it is a habit of whoever filled them in; a few such pairs outweigh what the start says."""
    counted = {field.name: np.zeros(len(field.levels)) for field in FIELDS}
    levels = scale.unpack(patterns)["birth"]
    dates = np.bincount(levels, weights=weight, minlength=len(counted["birth"]))
    counted["birth"] = np.where(beside("birth"), dates * HABIT, 0.0)
    return counted


def _finish(work: _Work, rounds: int) -> Learnt:
    model, seen, labels = _checked(work), work.seen, work.labels
    slope = dependence(seen.patterns, work.share * seen.counts, model)
    leaning = sloped(slope) if slope < _LEANS else None
    answered = Answered(work.odds(labels.patterns), labels.same, work.stand_for(work.odds(seen.patterns)))
    calibrated = replace(model, calibration=calibrate(answered, leaning))
    ece = None
    if len(labels):
        before = answered.odds if leaning is None else leaning.apply(answered.odds)
        sides = (before, calibrated.posterior(answered.odds))
        ece = (expected_calibration_error(sides[0], answered), expected_calibration_error(sides[1], answered))
    matches = float((work.share * seen.counts).sum())
    return Learnt(calibrated, rounds, int(seen.counts.sum()), matches, slope, len(labels), ece)


def dependence(patterns: Patterns, weight: NDArray[np.float64], model: Model) -> float:
    """By how much the log-odds are too large because fields lean on each other, measured on pairs taken for one
    person: 1 where they do not, below 1 where the sum of the weights scatters more than its parts do.

    Number and date of birth are one part: their levels are defined by each other.
    """
    total = weight.sum()
    if total < 100:  # too few pairs to measure a scatter on
        return 1.0
    levels = scale.unpack(patterns)
    same, stranger = model.log("same"), model.log("stranger")
    parts: dict[str, Odds] = {}
    for one in FIELDS:
        part = "number" if one.name == "birth" else one.name
        told = (same[one.name] - stranger[one.name])[levels[one.name]]
        parts[part] = parts[part] + told if part in parts else told

    def scatter(values: Odds) -> float:
        mean = float(weight @ values) / total
        return float(weight @ (values - mean) ** 2) / float(total)

    whole = scatter(sum(parts.values(), np.zeros(len(patterns))))
    apart = sum(scatter(values) for values in parts.values())
    return float(f"{min(1.0, (apart / whole) ** 0.5):.4g}") if whole > 0 else 1.0


def _checked(work: _Work) -> Model:
    """The model, if its classes still mean what they are called."""
    model, seen = work.model, work.seen
    silent = []
    for name, level in _UNMISTAKABLE:
        place = code(name, level)
        same, stranger = (model.weights[name][kind][place] for kind in ("same", "stranger"))
        if same <= stranger * 10:
            silent.append(f"{name} {level}")
    if len(silent) > 1:  # one alone may be the data's: everybody born on the first of January
        raise TrainingFailed(f"{' and '.join(silent)}: hardly likelier for the same person than for strangers")
    matches = float((work.share * seen.counts).sum())
    if matches > 3 * seen.records + 10:
        raise TrainingFailed(f"{seen.records} records cannot have {matches:.0f} rows of their own: strangers match too")
    return model
