"""Weights from the two files alone: expectation–maximisation on the counts of patterns.

What strangers look like is counted, not guessed: equal values exactly, from how often each stands in both files, and
near misses on random pairs; what the expected pairs of one person contribute is taken off again. Only how the same
person's rows differ, and how many there are, is learned.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.general.compare import Comparison, Patterns
from matcher.linkage.general.model import RARITY, Field, GeneralModel
from matcher.linkage.general.seen import Seen, equal, see
from matcher.linkage.general.weigh import START_MATES, Row, Weights, frozen, mostly_shared, start

SAME_STRENGTH: Final = 20.0  # pairs of one person the start values are worth
STRANGER_STRENGTH: Final = 500.0  # random pairs they are worth
TOGETHER_STRENGTH: Final = 5.0  # expected pairs in a cell before what is seen there counts as much
LEAST_SHARE: Final = 1e-4  # of a class of rarity these files do not show
LEAST_SAME: Final = 5e-4  # no kind of error is impossible because these files lack it
MOST_APART: Final = 5.0  # how many times oftener than the start says one person's rows may differ: a class that differs
# more has begun to take relatives in
MATES_WORTH: Final = 2.0  # people's households the start values are worth
MOST_ROUNDS: Final = 300
TOLERANCE: Final = 1e-5
FEWEST: Final = 5.0  # expected pairs of one person before it makes sense to ask whether the classes swapped


class TrainingFailed(ValueError):
    """EM did not settle, or what it found cannot be "the same person"; the text says which."""


def train(comparison: Comparison, patterns: Patterns, *, households: bool) -> Weights:
    """Weights fitted to the files. `households`: whether blocking brought people of one house together, so that they
    can be counted among the pairs. Raises TrainingFailed where EM does not settle in MOST_ROUNDS or classes swap."""
    model = comparison.model
    weights = opened(frozen(model), comparison)
    seen = see(comparison, patterns, weights, households=households)
    for _ in range(MOST_ROUNDS):
        new = _round(seen, model, weights)
        moved = _distance(new, weights)
        weights = new
        if moved < TOLERANCE:
            _check(seen, weights)
            return weights
    raise TrainingFailed(f"no convergence in {MOST_ROUNDS} rounds; the last one still moved weights by {moved:.2g}")


def opened(weights: Weights, comparison: Comparison) -> Weights:
    """Start values, equal values spread over the classes of rarity as the files have them."""
    same, stranger, sides = dict(weights.same), dict(weights.stranger), comparison.sides
    rows = max(len(sides.our_ids), len(sides.their_ids))
    for field in comparison.scale.fields:
        met, share, total = equal(sides, sides.columns[field.column], field)
        places = slice(1, 1 + field.equals)
        same[field.name] = same[field.name].copy()
        stranger[field.name] = stranger[field.name].copy()
        same[field.name][places] = same[field.name][places].sum() * np.maximum(share, LEAST_SHARE)
        if field.frequency:
            leaning = STRANGER_STRENGTH * stranger[field.name][places].sum() * share
            alike = (met + leaning) / (total + STRANGER_STRENGTH)
            stranger[field.name][places] = np.maximum(alike, _least(field, share, rows, 0))
    return Weights(same, stranger, weights.together, weights.present, weights.mates)


def _least(field: Field, share: Row, rows: float, pairs: float) -> Row:
    """How rarely, at the least, strangers have an equal value: as often as the rarest value of its class is borne, and
    one seen once may be borne by one in so many."""
    if field.frequency:
        return np.maximum(share, LEAST_SHARE) * np.maximum(np.array((0.0, *RARITY)) / 2, 0.3 / max(rows, 2.0))
    return np.full(field.equals, max(0.5 / max(pairs, 1.0), 1e-9))


def _round(seen: Seen, model: GeneralModel, weights: Weights) -> Weights:
    logs = np.stack(seen.blocked.classes(weights, seen.opponents))
    share = np.exp(logs - np.logaddexp.reduce(logs, axis=0)) * seen.times
    random = np.stack(seen.random.classes(weights, seen.opponents))
    _, relatives, strange = np.exp(random - np.logaddexp.reduce(random, axis=0)) * seen.random_times
    same, stranger = dict(weights.same), dict(weights.stranger)
    for field in seen.blocked.scale.fields:
        size = len(field.codes)
        met = np.bincount(seen.blocked.levels[field.name], weights=share[0], minlength=size).astype(np.float64)
        same[field.name] = _same(field, met, seen)
        other = np.bincount(seen.random.levels[field.name], weights=strange, minlength=size).astype(np.float64)
        stranger[field.name] = _stranger(field, met, other, seen)
    groups = []
    for place, group in enumerate(model.groups):
        # what a household shares moves together; slips in what it does not share are independent, and a class that
        # could learn "another name and another date of birth" as one slip would learn relatives
        one = np.ones(3 ** len(group))
        if mostly_shared(model, group):
            one = _together(group, seen.blocked.cells[place], share[0], same)
        groups.append((one, _together(group, seen.random.cells[place], strange, stranger)))
    present = (share[0].sum() + 0.5) / (seen.rows + 1)
    return Weights(same, stranger, tuple(groups), float(present), _mates(seen, share[1], relatives))


def _mates(seen: Seen, blocked: Row, random: Row) -> float:
    """How many of one household a record meets: where no key brings households together, random pairs show them, but
    few, and where even they can show none the start value holds."""
    met = blocked.sum() / max(seen.rows, 1)
    if not seen.households:
        people = seen.random_times.sum() / seen.opponents
        met = max(met, (random.sum() + MATES_WORTH * START_MATES) / (people + MATES_WORTH))
    return float(np.clip(met, 1e-3, 10.0))


def _same(field: Field, met: Row, seen: Seen) -> Row:
    """How one person's rows compare: counted, leaning on the start, equal values as rare as they are in the files."""
    told = met.copy()
    told[0] = 0.0
    begin = start(field, "same")
    begin[0] = 0.0
    new: Row = (told + SAME_STRENGTH * begin) / (told.sum() + SAME_STRENGTH * begin.sum())
    places = slice(1, 1 + field.equals)
    alike = new[places].sum() * np.maximum(seen.equal[field.name][1], LEAST_SHARE)
    new = np.maximum(new, LEAST_SAME)
    most = MOST_APART * begin[-1]
    if new[-1] > most:
        alike, new = alike * (1 - most) / (1 - new[-1]), new * (1 - most) / (1 - new[-1])
        new[-1] = most
    new[0], new[places] = 1.0, alike
    return new


def _stranger(field: Field, met: Row, random: Row, seen: Seen) -> Row:
    """How strangers compare: equal values counted exactly, less those of one person; the rest on random pairs."""
    met_by_chance, share, total = seen.equal[field.name]
    places = slice(1, 1 + field.equals)
    least = _least(field, share, max(seen.rows, seen.opponents), seen.pairs)
    told, begin = random.copy(), start(field, "stranger")
    leaning = STRANGER_STRENGTH * begin[places].sum() * share
    alike = np.maximum((np.maximum(met_by_chance - met[places], 0) + leaning) / (total + STRANGER_STRENGTH), least)
    told[: 1 + field.equals] = begin[: 1 + field.equals] = 0.0
    new: Row = (told + STRANGER_STRENGTH * begin) / (told.sum() + STRANGER_STRENGTH * begin.sum())
    new = np.maximum(new * (1 - alike.sum()), 1e-9)
    new[places] = alike
    new[0] = 1.0
    return new


def _together(group: tuple[str, ...], cells: NDArray[np.int64], weight: Row, fields: Mapping[str, Row]) -> Row:
    """For each cell of a group how much oftener it is seen than its fields on their own would make it, drawn to 1
    where little is expected and little seen."""
    size = 3 ** len(group)
    seen = np.bincount(cells, weights=weight, minlength=size)
    digits = np.stack(np.unravel_index(np.arange(size), (3,) * len(group)))
    alone = np.ones(size)
    for place, name in enumerate(group):
        row = fields[name]
        agrees = min(float(row[1:-1].sum()), 1.0)
        alone *= np.array([1.0, agrees, max(1 - agrees, 1e-9)])[digits[place]]
    mask = (digits > 0).T @ (1 << np.arange(len(group)))
    there = np.bincount(mask, weights=seen, minlength=1 << len(group))[mask]
    factor = (seen + TOGETHER_STRENGTH) / (there * alone + TOGETHER_STRENGTH)
    total = np.bincount(mask, weights=factor * alone, minlength=1 << len(group))[mask]
    return factor / np.maximum(total, 1e-9)


def _distance(new: Weights, old: Weights) -> float:
    moved = [abs(new.present - old.present) / new.present, abs(new.mates - old.mates) / new.mates]
    for one, other in ((new.same, old.same), (new.stranger, old.stranger)):
        moved += [float(np.abs(row - other[name]).max()) for name, row in one.items()]
    for a, b in zip(new.together, old.together, strict=True):
        moved += [float(np.abs(x - y).max() / max(y.max(), 1.0)) for x, y in zip(a, b, strict=True)]
    return max(moved)


def _check(seen: Seen, weights: Weights) -> None:
    """Raises where the class "same" agrees less than strangers do: it has become something else."""
    if weights.present * seen.rows < FEWEST:
        return
    fields = seen.blocked.scale.fields
    apart = [
        weights.same[f.name][1 : 1 + f.equals].sum() > weights.stranger[f.name][1 : 1 + f.equals].sum() for f in fields
    ]
    if sum(apart) * 2 <= len(apart):
        raise TrainingFailed("rows it takes for one person agree less often than strangers' do: classes swapped")
