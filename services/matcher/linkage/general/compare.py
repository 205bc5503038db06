"""Pairs as patterns: how each field agrees, one code a field, packed in one number.

Values are compared once for each distinct pair of values, however many pairs of rows bear them, in chunks of pairs so
that memory stays bounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.general.block import MASK, Pairs
from matcher.linkage.general.encode import Coded, Sides
from matcher.linkage.general.likeness import Values, alias_pairs, holds
from matcher.linkage.general.model import MOST_PATTERNS, RARITY, Field, GeneralModel, GeneralModelInvalid
from matcher.linkage.general.views import viewed

Patterns = NDArray[np.int64]
Levels = NDArray[np.int8]
CHUNK: Final = 1_000_000  # pairs compared at a time


@dataclass(frozen=True)
class Scale:
    """The fields both files have, in the order their codes are packed."""

    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        if np.prod([float(len(field.codes)) for field in self.fields]) > MOST_PATTERNS:
            raise GeneralModelInvalid("model: too many fields and levels to be held against each other; leave some out")

    def pack(self, levels: Sequence[Levels]) -> Patterns:
        """One number for each pair."""
        total = np.zeros(len(levels[0]), dtype=np.int64)
        for field, codes in zip(self.fields, levels, strict=True):
            total = total * len(field.codes) + codes
        return total

    def unpack(self, patterns: Patterns) -> dict[str, Levels]:
        """Codes of each field."""
        rest, found = patterns.copy(), {}
        for field in reversed(self.fields):
            rest, code = np.divmod(rest, len(field.codes))
            found[field.name] = code.astype(np.int8)
        return dict(reversed(found.items()))


class Comparison:
    """Two encoded files, ready to compare any of their pairs."""

    def __init__(self, sides: Sides, model: GeneralModel) -> None:
        self.sides, self.model = sides, model
        self.scale = Scale(tuple(field for field in model.fields if field.column in sides.columns))

    @cached_property
    def _aliases(self) -> dict[str, NDArray[np.int64]]:
        asked = {f.column for f in self.scale.fields if any("alias" in level.any for level in f.levels)}
        return {name: alias_pairs(self.sides.columns[name], self.model.aliases) for name in asked}

    def compare(self, pairs: Pairs) -> Patterns:
        """The pattern of each pair."""
        if not self.scale.fields:
            return np.zeros(len(pairs), dtype=np.int64)
        found = [self._chunk(pairs[start : start + CHUNK]) for start in range(0, len(pairs), CHUNK)]
        return np.concatenate([*found, np.zeros(0, dtype=np.int64)])

    def terms(self, pairs: Pairs, patterns: Patterns) -> NDArray[np.float64]:
        """Natural log-odds that the frequency of the values themselves adds to what the level says (`Level.term`)."""
        total = np.zeros(len(pairs))
        asked = [field for field in self.scale.fields if any(level.term for level in field.levels)]
        levels = self.scale.unpack(patterns) if asked else {}
        for field in asked:
            column = self.sides.columns[field.column]
            share = frequency(column)
            for place, level in enumerate(field.levels):
                if level.term is not None:
                    rows = np.flatnonzero(levels[field.name] == place + 1)
                    one, other = column.ours[pairs[rows] & MASK], column.theirs[pairs[rows] >> 32]
                    common = np.maximum(np.maximum(share[one], share[other]), level.term.least)
                    total[rows] += level.term.weight * (np.log(level.term.base) - np.log(common))
        return total

    def _chunk(self, pairs: Pairs) -> Patterns:
        theirs, ours = pairs >> 32, pairs & MASK
        levels = {field.name: self._levels(field, ours, theirs) for field in self.scale.fields}
        for field in self.scale.fields:
            partner = next((other for other in self.scale.fields if other.column == field.crossed), None)
            if partner is not None:
                crossed = self._crossed(field, partner, (ours, theirs), (levels[field.name], levels[partner.name]))
                levels[field.name][crossed] = field.codes.index("crossed")
                levels[partner.name][crossed] = 0  # the two swapped fields are one piece of evidence, not two
        return self.scale.pack(list(levels.values()))

    def _levels(self, field: Field, ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> Levels:
        column = self.sides.columns[field.column]
        known = _known(column, self.model.views[field.known]) if field.known else np.arange(len(column.values) + 1)
        known[-1] = -1
        a, b = known[column.ours[ours]], known[column.theirs[theirs]]
        found = np.zeros(len(a), dtype=np.int8)
        equal = (a == b) & (a >= 0)
        found[equal] = (1 + rarity(column))[a[equal]] if field.frequency else 1
        rows = np.flatnonzero((a != b) & (a >= 0) & (b >= 0))
        distinct, inverse = np.unique(a[rows] << 32 | b[rows], return_inverse=True)
        found[rows] = self._unlike(field, column, distinct)[inverse]
        return found

    def _unlike(self, field: Field, column: Coded, distinct: NDArray[np.int64]) -> Levels:
        """Codes of pairs of different values: the first level one of whose tests holds."""
        values = Values(column, distinct >> 32, distinct & MASK, self._aliases.get(field.column, np.zeros(0, np.int64)))
        found = np.full(len(distinct), len(field.codes) - 1, dtype=np.int8)
        for place, level in reversed(list(enumerate(field.levels[1:-1]))):
            for test in level.any:
                found[holds(test, values, self.model.views)] = field.equals + 1 + place
        return found

    def _crossed(
        self,
        field: Field,
        partner: Field,
        rows: tuple[NDArray[np.int64], NDArray[np.int64]],
        levels: tuple[Levels, Levels],
    ) -> NDArray[np.bool_]:
        """Where both columns stand in each other's place: one of them word for word, the other at least in its first
        letters."""
        one, other = self.sides.columns[field.column], self.sides.columns[partner.column]
        found = np.zeros(len(rows[0]), dtype=np.bool_)
        open_rows = np.flatnonzero((levels[0] > field.equals) & (levels[1] > partner.equals))
        ours, theirs = rows[0][open_rows], rows[1][open_rows]
        table = (
            one.values.to_frame("v")
            .with_row_index("c")
            .join(other.values.to_frame("v").with_row_index("d"), on="v", how="inner")
        )
        meant = np.full(len(one.values) + 1, -2, dtype=np.int64)  # a value's code in the other column
        meant[table["c"].to_numpy()] = table["d"].to_numpy()
        first = meant[one.ours[ours]] == other.theirs[theirs]
        second = meant[one.theirs[theirs]] == other.ours[ours]
        heads = _heads(one, one.ours[ours], other, other.theirs[theirs]) & _heads(
            one, one.theirs[theirs], other, other.ours[ours]
        )
        found[open_rows] = (first | second) & heads
        return found


def _known(column: Coded, steps: tuple[str, ...]) -> NDArray[np.int64]:
    """Each value's own code, −1 where the view sees nothing; one place more for the missing."""
    there = viewed(column.values, steps).is_not_null().to_numpy()
    return np.append(np.where(there, np.arange(len(there)), -1), -1)


def _heads(one: Coded, a: NDArray[np.int32], other: Coded, b: NDArray[np.int32]) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = (
        one.values.str.head(2).gather(a.astype(np.int64)) == other.values.str.head(2).gather(b.astype(np.int64))
    ).to_numpy()
    return same


def frequency(column: Coded) -> NDArray[np.float64]:
    """For each value its share of the filled cells of both files."""
    count = np.sum(column.counts, axis=0)
    share: NDArray[np.float64] = count / max(count.sum(), 1)
    return share


def rarity(column: Coded) -> Levels:
    """For each value the class of its relative frequency over both files, the rarest 0."""
    ours, theirs = column.counts
    share = (ours + theirs) / max(len(column.ours) + len(column.theirs), 1)
    return np.searchsorted(np.array(RARITY), share, side="right").astype(np.int8)
