"""Weights out of counts: how often each level was seen in a class, leaning on the model one started from."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.linkage import levels as scale
from matcher.linkage.levels import FIELDS, Patterns, code
from matcher.linkage.model import CLASSES, Model
from matcher.linkage.monotone import in_order

Counts = dict[str, NDArray[np.float64]]  # field → observations per level
Weights = dict[str, dict[str, tuple[float, ...]]]
# Levels of one field that are weighed among themselves: dates stated beside numbers that agree, and all the others.
_BESIDE: Final = ("stated-missing", "stated-equal", "stated-near", "stated-differs")
# Levels of pairs of records, which files of people and records never show: they stay as the starting model has them.
_BETWEEN_RECORDS: Final = ("same-roster", "other-roster")
# No error type is impossible because the files at hand lack it.
_LEAST_SAME: Final = 5e-4
# A rarity a sample cannot show keeps the start's weight, unless the start itself calls it more frequent than this.
_SHOWN: Final = {"household": 1e-4, "stranger": 1e-5}
# Typical frequency of the names in the classes equal-1 … equal-7 (see rows.RARITY).
_FREQUENCY: Final = (7e-7, 4e-6, 1.4e-5, 5e-5, 2e-4, 7e-4, 3e-3)


def count(patterns: Patterns, weight: NDArray[np.float64]) -> Counts:
    """Observations per level of every field, each pattern as heavy as its weight."""
    levels = scale.unpack(patterns)
    return {
        f.name: np.bincount(levels[f.name], weights=weight, minlength=len(f.levels)).astype(np.float64) for f in FIELDS
    }


def added(left: Counts, right: Counts) -> Counts:
    """Both together."""
    return {name: left[name] + right[name] for name in left}


def beside(field: str) -> NDArray[np.bool_]:
    """Which levels of a field are weighed apart from the others: dates stated beside agreeing numbers."""
    names = [name for name, _ in FIELDS[scale.BY_NAME[field]].levels]
    return np.array([name in _BESIDE for name in names])


def blend(start: Model, counted: Mapping[str, Counts], strength: float, *, guessed: bool = False) -> Weights:
    """Weights from counts, the start's worth `strength` observations in each group of levels. Where the class of a
    pair was `guessed`, levels are kept in the order of their meaning; the truth may be in any.

    Nothing to compare is no evidence: the missing levels keep one weight in all three classes. Levels no file has
    shown keep the start's weights, and a sample too small to meet two strangers of one phone does not mean never.
    """
    rows = {
        field.name: {
            kind: _row(start, field.name, kind, counted[kind][field.name] if kind in counted else None, strength)
            for kind in CLASSES
        }
        for field in FIELDS
    }
    _tie_names(rows["name"])
    for name, kinds in rows.items():
        if guessed:
            kinds["same"] = np.minimum(in_order(name, kinds["same"], kinds["stranger"]), 1.0)
    _tie_places(rows["place"])
    return {name: {kind: _rounded(row) for kind, row in kinds.items()} for name, kinds in rows.items()}


def _row(start: Model, field: str, kind: str, seen: NDArray[np.float64] | None, strength: float) -> NDArray[np.float64]:
    """One class's weights of one field; without counts the start's own."""
    names = [name for name, _ in FIELDS[scale.BY_NAME[field]].levels]
    silent = np.array([name in ("missing", "stated-missing") for name in names])
    apart = beside(field)
    kept = np.array([name in _BETWEEN_RECORDS for name in names])
    old = np.array(start.weights[field][kind])
    new = old.copy()
    if seen is not None:
        for group in (apart & ~silent, ~apart & ~silent & ~kept):
            mine = seen * group
            prior = old * group / max((old * group).sum(), 1e-12)
            new[group] = ((mine + strength * prior) / (mine.sum() + strength))[group]
        floor = _LEAST_SAME if kind == "same" else np.minimum(old, _SHOWN[kind])
        new = np.where(kept, old, np.maximum(new, floor))
    new[silent] = 0.5
    row: NDArray[np.float64] = np.minimum(new, 1.0)
    return row


def _rounded(row: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(f"{weight:.6g}") for weight in row.tolist())


def _tie_names(rows: dict[str, NDArray[np.float64]]) -> None:
    """Equal names: a stranger bears the name as often as it is frequent, a relative hardly oftener."""
    places = [code("name", f"equal-{rarity}") for rarity in range(1, len(_FREQUENCY) + 1)]
    relative = rows["household"][places].sum() / rows["same"][places].sum()
    rows["household"][places] = rows["same"][places] * np.maximum(relative, _FREQUENCY)
    rows["stranger"][places] = rows["same"][places] * np.array(_FREQUENCY)


def _tie_places(rows: dict[str, NDArray[np.float64]]) -> None:
    """Same village with a group missing: as telling as all that is known of pairs from one village together."""
    parts = [code("place", level) for level in ("house", "group", "other-group")]
    for row in rows.values():
        row[code("place", "village")] = row[parts].sum()


def distance(new: Weights, old: Mapping[str, Mapping[str, tuple[float, ...]]]) -> float:
    """The largest difference of any two weights."""
    return max(
        float(np.abs(np.array(new[field.name][kind]) - np.array(old[field.name][kind])).max())
        for field in FIELDS
        for kind in CLASSES
    )
