"""Pairs of a world whose truth is known: patterns drawn level by level from stated shares, for tests of statistics."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from matcher.linkage import levels as scale
from matcher.linkage.counts import count
from matcher.linkage.learn import Seen
from matcher.linkage.levels import FIELDS, Patterns
from matcher.linkage.model import Model

MODEL = Model.default()
PEOPLE = 100_000
# Levels that are weighed apart, tied to others, or seen between records only: not drawn.
_NOT_DRAWN = ("missing", "stated-missing", "stated-equal", "stated-near", "stated-differs", "village")
Share = NDArray[np.float64]


def shares(kind: str, changed: Mapping[str, Mapping[str, float]] | None = None) -> dict[str, Share]:
    """How often each level comes in pairs of that kind: the shipped model's weights, or what `changed` says."""
    out = {}
    for field in FIELDS:
        row = np.array(MODEL.weights[field.name][kind])
        for place, (level, _) in enumerate(field.levels):
            if level in _NOT_DRAWN:
                row[place] = 0
        if field.name == "household":
            row[1:] = 0
            row[0] = 1
        row /= row.sum()
        told = (changed or {}).get(field.name, {})
        if told:
            places = [field.code(level) for level in told]
            row *= 0
            row[places] = list(told.values())
        out[field.name] = row
    return out


def drawn(share: Mapping[str, Share], size: int, seed: int) -> Patterns:
    """`size` patterns, fields independent of one another."""
    draw = np.random.default_rng(seed)
    return scale.pack({name: draw.choice(len(row), size, p=row).astype(np.int8) for name, row in share.items()})


def seen(same: Patterns, strangers: Patterns, records: int) -> Seen:
    """What these pairs look like to training; strangers are counted on random pairs of their own."""
    distinct, counts = np.unique(np.concatenate([same, strangers]), return_counts=True)
    random_pairs = drawn(shares("stranger"), 100_000, 99)
    return Seen(distinct, counts, count(random_pairs, np.ones(len(random_pairs))), PEOPLE, records)
