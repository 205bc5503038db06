"""Which pairs are compared: those that share the value of any key of the model; all of them where files are small.

A key's value that too many rows share is left out, and where a key would still make more pairs than its budget its
commonest values are left out until it fits. What was left out is told: it says what the links may miss.
"""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage.general.encode import Codes, Sides, key_columns
from matcher.linkage.general.model import GeneralModel

Pairs = NDArray[np.int64]  # record row << 32 | people row
FEW: Final = 500_000  # so many pairs are compared without any key
LEAST: Final = 200_000  # pairs a key may make however small the files
EACH: Final = 1  # and for each row of both sides, up to the model's budget
SHARED: Final = 0.8  # fields this likely to be shared are what a household has in common
MASK: Final = np.int64(0xFFFFFFFF)


@dataclass(frozen=True)
class Blocked:
    """Distinct pairs, sorted; the yield of each key; and what a reader of the links must know of it."""

    pairs: Pairs
    yields: pl.DataFrame  # key, pairs, new, retired (values left out)
    warnings: tuple[str, ...]
    households: bool  # whether some key brings together all who share a house


def block(sides: Sides, model: GeneralModel) -> Blocked:
    """Candidate pairs of both sides; within one file each unordered pair once."""
    count = len(sides.our_ids) * len(sides.their_ids)
    if count <= FEW * (2 if sides.within else 1):
        return _everything(sides)
    parts = key_columns(sides, model)
    used = {" + ".join(key): key for key in model.keys if all(part in parts for part in key)}
    joined = {name: _join(_mixed([parts[part] for part in key]), sides, model) for name, key in used.items()}
    if not used:
        return Blocked(
            np.zeros(0, np.int64), _yields([]), ("no key of the model has its columns in both files",), False
        )
    met = np.concatenate([found.pairs for found in joined.values()])
    pairs, first = np.unique(met, return_index=True)
    ends = np.cumsum([len(found.pairs) for found in joined.values()])
    new = np.bincount(np.searchsorted(ends, first, side="right"), minlength=len(ends))
    burst = [name for name, found in joined.items() if found.lost > len(found.pairs)]
    shared = {field.column for field in model.fields if field.shared >= SHARED}
    households = any(
        name not in burst and all(re.split("[:/]", part)[0] in shared for part in key) for name, key in used.items()
    )
    warning = f"{len(burst)} of {len(used)} keys left out values that too many rows share: {'; '.join(burst)}"
    rows = [
        (n, len(found.pairs), int(count), found.retired) for (n, found), count in zip(joined.items(), new, strict=True)
    ]
    return Blocked(pairs, _yields(rows), (warning,) if burst else (), households)


def _yields(rows: list[tuple[str, int, int, int]]) -> pl.DataFrame:
    shape = {"key": pl.String, "pairs": pl.Int64, "new": pl.Int64, "retired": pl.Int64}
    return pl.DataFrame(rows, schema=shape, orient="row")


def _everything(sides: Sides) -> Blocked:
    ours, theirs = len(sides.our_ids), len(sides.their_ids)
    pairs = (np.arange(theirs, dtype=np.int64)[:, None] << 32 | np.arange(ours, dtype=np.int64)[None, :]).ravel()
    pairs = pairs[(pairs >> 32) > (pairs & MASK)] if sides.within else pairs
    return Blocked(pairs, _yields([("every pair", len(pairs), len(pairs), 0)]), (), households=True)


def _mixed(parts: list[tuple[Codes, Codes]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One number for each combination of parts, −1 where any is missing."""
    ours, theirs = (side.astype(np.int64) for side in parts[0])
    for a, b in parts[1:]:
        size = int(max(a.max(initial=0), b.max(initial=0))) + 1
        ours, theirs = (np.where((old < 0) | (new < 0), -1, old * size + new) for old, new in ((ours, a), (theirs, b)))
        _, dense = np.unique(np.concatenate([ours, theirs]), return_inverse=True)
        dense -= int((ours < 0).any() or (theirs < 0).any())  # the missing, which sort first, stay −1
        ours, theirs = dense[: len(ours)], dense[len(ours) :]
    return ours, theirs


@dataclass(frozen=True)
class _Joined:
    pairs: Pairs
    retired: int  # values left out
    lost: int  # pairs left out with them


def _join(key: tuple[NDArray[np.int64], NDArray[np.int64]], sides: Sides, model: GeneralModel) -> _Joined:
    """Pairs with equal keys, the commonest values left out where they would make too many."""
    ours, theirs = key
    size = int(max(ours.max(initial=-1), theirs.max(initial=-1))) + 1
    our_count, their_count = (np.bincount(side[side >= 0], minlength=size) for side in key)
    made = our_count * (our_count - 1) // 2 if sides.within else our_count * their_count
    kept = made <= model.bucket
    order = np.argsort(made, kind="stable")
    spent = np.cumsum(np.where(kept, made, 0)[order])
    # where the budget ends, all values as common as the one that breaks it go
    budget = min(model.budget, max(LEAST, EACH * (len(ours) + len(theirs))))
    limit = made[order][spent > budget].min(initial=np.iinfo(np.int64).max)
    kept &= made < limit
    retired, lost = int(((made > 0) & ~kept).sum()), int(made[~kept].sum())
    rows = np.flatnonzero(ours >= 0)
    rows = rows[kept[ours[rows]]]
    rows = rows[np.argsort(ours[rows], kind="stable")]
    asking = np.flatnonzero(theirs >= 0)
    asking = asking[kept[theirs[asking]]]
    low = np.searchsorted(ours[rows], theirs[asking], side="left")
    each = our_count[theirs[asking]]
    offset = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    pairs = np.repeat(asking, each) << 32 | rows[np.repeat(low, each) + offset]
    return _Joined(pairs[(pairs >> 32) > (pairs & MASK)] if sides.within else pairs, retired, lost)
