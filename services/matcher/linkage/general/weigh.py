"""The weight of evidence: log-odds of "the same person" against "of one household" and "strangers", for each pattern.

Fields that agree or differ together (street, suburb and postcode of one address) are not independent witnesses: for
each of the model's groups a factor corrects the product of its fields by how often they were seen to agree together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.general.compare import Levels, Patterns, Scale
from matcher.linkage.general.model import Field, Fitted, GeneralModel

Row = NDArray[np.float64]
START_PRESENT: Final = 0.5  # persons a record is, to begin with
START_MATES: Final = 0.5  # others of the household it meets


@dataclass(frozen=True)
class Weights:
    """Probabilities of each field's codes in two classes (missing = 1: it says nothing), the groups' factors by cell,
    and how many persons, and how many mates, a record has among the others."""

    same: Mapping[str, Row]
    stranger: Mapping[str, Row]
    together: tuple[tuple[Row, Row], ...]  # same, stranger
    present: float
    mates: float
    prior: float | None = None  # how likely two random rows are one person, where the file says so instead of `present`

    def begin(self, opponents: float) -> float:
        """Natural log-odds before anything is compared."""
        if self.prior is not None:
            return float(np.log(self.prior / (1 - self.prior)))
        return float(np.log(self.present / opponents))

    def fitted(self) -> Fitted:
        """As it stands in a model file."""

        def told(rows: Mapping[str, Row]) -> dict[str, tuple[float, ...]]:
            return {name: _rounded(row) for name, row in rows.items()}

        return Fitted(
            same=told(self.same),
            stranger=told(self.stranger),
            together=tuple({"same": _rounded(same), "stranger": _rounded(other)} for same, other in self.together),
            present=self.present if self.prior is None else None,
            mates=self.mates,
            prior=self.prior,
        )


def _rounded(row: Row) -> tuple[float, ...]:
    return tuple(float(f"{weight:.6g}") for weight in row.tolist())


def frozen(model: GeneralModel) -> Weights:
    """The weights a model file holds: what it was fitted to, else what it starts from."""
    if model.fitted is None:
        groups = tuple((np.ones(3 ** len(group)), np.ones(3 ** len(group))) for group in model.groups)
        same, stranger = ({f.name: start(f, kind) for f in model.fields} for kind in ("same", "stranger"))
        return Weights(same, stranger, groups, START_PRESENT, START_MATES)
    fitted = model.fitted
    return Weights(
        {name: np.array(row) for name, row in fitted.same.items()},
        {name: np.array(row) for name, row in fitted.stranger.items()},
        tuple((np.array(group["same"]), np.array(group["stranger"])) for group in fitted.together),
        START_PRESENT if fitted.present is None else fitted.present,
        fitted.mates,
        fitted.prior,
    )


def start(field: Field, kind: str) -> Row:
    """A field's start values by code; equal values are as likely in each class of rarity until counted."""
    levels = np.array([getattr(level, kind) for level in field.levels])
    crossed = [5e-3 if kind == "same" else 1e-5] if field.crossed else []
    equal = np.full(field.equals, levels[0] / field.equals)
    return np.concatenate([[1.0], equal, levels[1:-1], crossed, levels[-1:]])


def mostly_shared(model: GeneralModel, group: tuple[str, ...]) -> bool:
    """Whether a group's fields are, on the whole, what people of one household have in common."""
    shared = {field.name: field.shared for field in model.fields}
    return sum(shared[name] for name in group) * 2 >= len(group)


class Scorer:
    """Distinct patterns, unpacked once, to be weighed again and again while training."""

    def __init__(self, scale: Scale, patterns: Patterns, model: GeneralModel) -> None:
        self.scale, self.model = scale, model
        self.levels = scale.unpack(patterns)
        self.count = len(patterns)

    @cached_property
    def cells(self) -> tuple[NDArray[np.int64], ...]:
        """For each group the cell of each pattern: 0 missing, 1 agrees, 2 differs, one digit to base 3 a field."""
        return tuple(group_cells(self.scale, group, self.levels, self.count) for group in self.model.groups)

    def fields(self, weights: Weights, kind: str) -> dict[str, Row]:
        """Log-likelihood of each field's codes for `same` or `stranger`."""
        rows = weights.same if kind == "same" else weights.stranger
        return {field.name: np.log(rows[field.name])[self.levels[field.name]] for field in self.scale.fields}

    def corrections(self, weights: Weights, kind: str) -> list[Row]:
        """Log of each group's factor for `same` or `stranger`."""
        place = ("same", "stranger").index(kind)
        return [np.log(pair[place])[cell] for cell, pair in zip(self.cells, weights.together, strict=True)]

    def classes(self, weights: Weights, opponents: float) -> tuple[Row, Row, Row]:
        """Log of prior times likelihood of each class: same, household, stranger.

        People of one household have what they share as surely as one person has it, an address as a whole; in the
        rest they are strangers, also in how it hangs together (the surname in an e-mail address)."""
        same, stranger = self.fields(weights, "same"), self.fields(weights, "stranger")
        same_groups, stranger_groups = self.corrections(weights, "same"), self.corrections(weights, "stranger")
        shared = {field.name: field.shared for field in self.scale.fields}
        prior = weights.begin(opponents)
        one_person = prior + _total(same, same_groups, self.count)
        strangers = _total(stranger, stranger_groups, self.count)
        if not weights.mates:
            return one_person, np.full(self.count, -np.inf), strangers
        mates = np.full(self.count, np.log(weights.mates / opponents))
        for group, one, other in zip(self.model.groups, same_groups, stranger_groups, strict=True):
            names = [name for name in group if name in shared]
            if mostly_shared(self.model, group) and names:
                share = sum(shared.pop(name) for name in names) / len(names)
                ours, theirs = one + sum(same[name] for name in names), other + sum(stranger[name] for name in names)
                mates += np.logaddexp(np.log(share) + ours, np.log(1 - share) + theirs)
            else:
                mates += other
        for name, share in shared.items():
            mates += np.logaddexp(np.log(max(share, 1e-9)) + same[name], np.log(1 - share) + stranger[name])
        return one_person, mates, strangers


def _total(fields: Mapping[str, Row], groups: list[Row], count: int) -> Row:
    total: Row = np.sum([np.zeros(count), *fields.values(), *groups], axis=0)
    return total


def weigh(scale: Scale, patterns: Patterns, model: GeneralModel, weights: Weights, opponents: float) -> Row:
    """Natural log-odds of "the same person" for each pattern, each record facing so many `opponents`."""
    distinct, inverse = np.unique(patterns, return_inverse=True)
    same, mates, stranger = Scorer(scale, distinct, model).classes(weights, opponents)
    odds: Row = (same - np.logaddexp(mates, stranger))[inverse]
    return odds


def group_cells(scale: Scale, group: tuple[str, ...], levels: Mapping[str, Levels], count: int) -> NDArray[np.int64]:
    """One number for how the fields of a group agree; fields the files lack count as missing."""
    cell = np.zeros(count, dtype=np.int64)
    for name in group:
        field = next((f for f in scale.fields if f.name == name), None)
        cell = cell * 3
        if field is not None:
            level = levels[name]
            cell += np.where(level == 0, 0, np.where(level < len(field.codes) - 1, 1, 2))
    return cell
