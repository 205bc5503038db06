"""Make the next model: from the two files alone (expectation–maximisation), or from pairs whose truth is known.

What strangers look like is counted on random pairs and on exact frequencies, never guessed by EM: the few strangers
that blocking lets through are no sample of strangers, and a model that learns from them takes everything for a match.
EM only learns how the same person's records differ, and how many records have their person among the people.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage import levels as scale
from matcher.linkage.block import Pairs, block
from matcher.linkage.clean import clean
from matcher.linkage.compare import compare, unconditional
from matcher.linkage.decide import candidates
from matcher.linkage.encode import Encoded, encode
from matcher.linkage.households import household_levels
from matcher.linkage.levels import FIELDS, Patterns, code
from matcher.linkage.model import CLASSES, Model
from matcher.linkage.weigh import class_logs, weigh

Counts = dict[str, NDArray[np.float64]]
Weights = dict[str, dict[str, tuple[float, ...]]]
SAMPLE: Final = 400_000  # random pairs that show what strangers look like
STRENGTH: Final = 2_000.0  # pairs the starting model is worth against what the files show
MOST_ROUNDS: Final = 60
TOLERANCE: Final = 1e-5
# Levels of one field that are weighed among themselves: dates stated beside numbers that agree, and all the others.
_BESIDE: Final = ("stated-missing", "stated-equal", "stated-near", "stated-differs")
# Levels of pairs of records, which files of people and records never show: they stay as the starting model has them.
_BETWEEN_RECORDS: Final = ("same-roster", "other-roster")
# No error type is impossible because the files at hand lack it.
_LEAST_SAME: Final = 5e-4
# A rarity a sample cannot show keeps the start's weight, unless the start itself calls it more frequent than this.
_SHOWN: Final = {"household": 1e-4, "stranger": 1e-5}
# Typical frequency of the names in the classes equal-1 … equal-5 (see encode.RARITY).
_FREQUENCY: Final = (6e-6, 4.5e-5, 2e-4, 8e-4, 3e-3)


class TrainingFailed(ValueError):
    """EM did not converge, or what it found cannot be "the same person"; the message says which."""


@dataclass(frozen=True)
class Labelled:
    """Two files and the truth about them: TRUTH has feed_id, person_id (null = nobody's)."""

    people: pl.DataFrame
    records: pl.DataFrame
    truth: pl.DataFrame


def train(people: pl.DataFrame, records: pl.DataFrame, start: Model) -> Model:
    """The model fitted to these files by deterministic EM on pattern counts, leaning on `start`.

    Raises TrainingFailed where EM does not settle in MOST_ROUNDS, where the classes swap, or where same and stranger
    can no longer be told apart.
    """
    encoded = encode(clean(people), clean(records))
    count = people["id"].n_unique()
    patterns = compare(encoded, block(encoded)[0])
    distinct, frequency = np.unique(patterns, return_counts=True)
    strangers = _strangers(encoded, start, np.zeros(0, dtype=np.int64))
    weights = _blend(start, {"stranger": strangers}, STRENGTH)
    model = replace(start, weights=weights, note="trained on the files at hand")
    for _ in range(MOST_ROUNDS):
        logs = np.stack(class_logs(distinct, model, count))
        share = np.exp(logs - np.logaddexp.reduce(logs, axis=0)) * frequency
        same = _count(distinct, share[0])
        present = float(np.clip((share[0].sum() + 5) / (len(encoded.records) + 10), 0.01, 0.99))
        weights = _blend(start, {"same": same, "stranger": strangers}, STRENGTH)
        moved = abs(present - model.present) + _distance(weights, model.weights)
        model = replace(model, weights=weights, present=present)
        if moved < TOLERANCE:
            return _checked(model)
    raise TrainingFailed(f"no convergence in {MOST_ROUNDS} rounds; the last one still moved weights by {moved:.2g}")


def fit(sets: list[Labelled], start: Model, note: str) -> Model:
    """The model counted on labelled files, every set weighing alike; `start` fills levels nobody has shown."""
    totals: dict[str, Counts] = {}
    present, mates = [], []
    for labelled in sets:
        counted, shares = _labelled_counts(labelled, start)
        present.append(shares[0])
        mates.append(shares[1])
        for kind, counts in counted.items():
            mine = totals.setdefault(kind, {field.name: np.zeros(len(field.levels)) for field in FIELDS})
            for name, values in counts.items():
                mine[name] += values
    weights = _blend(start, totals, 5.0)
    return replace(
        start,
        weights=weights,
        present=float(np.clip(np.mean(present), 0.01, 0.99)),
        mates=max(float(np.mean(mates)), 0.1),
        note=note,
    )


def _labelled_counts(labelled: Labelled, start: Model) -> tuple[dict[str, Counts], tuple[float, float]]:
    people, records = labelled.people, labelled.records
    encoded = encode(clean(people), clean(records))
    ids = pl.DataFrame({"person_id": people["id"]}).with_row_index("ours")
    feed = pl.DataFrame({"feed_id": records["id"]}).with_row_index("theirs")
    known = labelled.truth.join(feed, on="feed_id").join(ids, on="person_id")
    same = _pack(known["theirs"], known["ours"])
    homes = pl.DataFrame({"ours": ids["ours"], "home": encoded.people.household}).filter(pl.col("home") >= 0)
    mates = known.join(homes, on="ours").join(homes.rename({"ours": "mate"}), on="home")
    mates = mates.filter(pl.col("mate") != pl.col("ours"))
    relatives = np.setdiff1d(_pack(mates["theirs"], mates["mate"]), same)
    pairs, _ = block(encoded)
    patterns = compare(encoded, pairs)
    found = candidates(encoded, pairs, patterns, weigh(patterns, start, people["id"].n_unique()))
    sure = found.pairs((found.probability >= start.thresholds["certain"]) & ~found.mismatch)
    counted = {}
    for kind, rows in (("same", same), ("household", relatives)):
        with_homes = scale.replace(compare(encoded, rows), "household", household_levels(encoded, rows, sure))
        counted[kind] = _count(with_homes, np.ones(len(rows)))
    if len(relatives):
        free, beside = unconditional(encoded, relatives)["birth"], _mask("birth")
        counted["household"]["birth"] = np.where(
            beside, counted["household"]["birth"], np.bincount(free, minlength=len(beside))
        )
    counted["stranger"] = _strangers(encoded, start, np.union1d(same, relatives), sure)
    return counted, (len(same) / len(records), len(relatives) / max(len(same), 1))


def _pack(theirs: pl.Series, ours: pl.Series) -> Pairs:
    return np.unique(theirs.to_numpy().astype(np.int64) << 32 | ours.to_numpy().astype(np.int64))


def _strangers(encoded: Encoded, start: Model, related: Pairs, sure: Pairs | None = None) -> Counts:
    """Level counts of random pairs: what strangers look like where it is frequent enough for a sample to show.

    A handful of the pairs drawn are one person, or relatives; each counts only as far as `start` takes it for
    strangers, else equal numbers would seem ten thousand times commoner among strangers than they are."""
    people, records = encoded.people, encoded.records
    draw = np.random.default_rng(20210601)
    theirs = draw.integers(0, len(records), SAMPLE).astype(np.int64)
    pairs = np.unique(theirs << 32 | draw.integers(0, len(people), SAMPLE))
    pairs = np.setdiff1d(pairs, related)
    patterns = compare(encoded, pairs)
    logs = np.stack(class_logs(patterns, start, len(people)))
    weight = np.exp(logs[2] - np.logaddexp.reduce(logs, axis=0))
    if sure is not None:
        patterns = scale.replace(patterns, "household", household_levels(encoded, pairs, sure))
    counts = _count(patterns, weight)
    free = unconditional(encoded, pairs)["birth"]
    counts["birth"] = np.where(_mask("birth"), 0.0, np.bincount(free, weights=weight, minlength=len(_mask("birth"))))
    return counts


def _count(patterns: Patterns, weight: NDArray[np.float64]) -> Counts:
    levels = scale.unpack(patterns)
    return {
        f.name: np.bincount(levels[f.name], weights=weight, minlength=len(f.levels)).astype(np.float64) for f in FIELDS
    }


def _mask(field: str) -> NDArray[np.bool_]:
    """Which levels of a field are weighed apart from the others: dates stated beside agreeing numbers."""
    names = [name for name, _ in FIELDS[scale.BY_NAME[field]].levels]
    return np.array([name in _BESIDE for name in names])


def _blend(start: Model, counted: Mapping[str, Counts], strength: float) -> Weights:
    """Weights from counts, the start's worth `strength` observations in each group of levels.

    Nothing to compare is no evidence: the missing levels keep one weight in all three classes. Levels no file has
    shown keep the start's weights, and a sample too small to meet two strangers of one phone does not mean never.
    """
    weights: Weights = {}
    for field in FIELDS:
        names = [name for name, _ in field.levels]
        silent = np.array([name in ("missing", "stated-missing") for name in names])
        apart = _mask(field.name)
        kept = np.array([name in _BETWEEN_RECORDS for name in names])
        weights[field.name] = {}
        for kind in CLASSES:
            old = np.array(start.weights[field.name][kind])
            new = old.copy()
            if kind in counted:
                for group in (apart & ~silent, ~apart & ~silent & ~kept):
                    seen = counted[kind][field.name] * group
                    prior = old * group / max((old * group).sum(), 1e-12)
                    new[group] = ((seen + strength * prior) / (seen.sum() + strength))[group]
                floor = _LEAST_SAME if kind == "same" else np.minimum(old, _SHOWN[kind])
                new = np.where(kept, old, np.maximum(new, floor))
            new[silent] = 0.5
            weights[field.name][kind] = tuple(np.minimum(new, 1.0).tolist())
    _tie_names(weights)
    _tie_places(weights)
    return {name: {kind: _rounded(row) for kind, row in kinds.items()} for name, kinds in weights.items()}


def _rounded(row: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(float(f"{weight:.6g}") for weight in row)


def _tie_names(weights: Weights) -> None:
    """Equal names: a stranger bears the name as often as it is frequent, a relative hardly oftener."""
    same, household, stranger = (list(weights["name"][kind]) for kind in CLASSES)
    places = [code("name", f"equal-{rarity}") for rarity in range(1, 6)]
    relative = sum(household[place] for place in places) / sum(same[place] for place in places)
    for place, frequency in zip(places, _FREQUENCY, strict=True):
        household[place] = same[place] * max(relative, frequency)
        stranger[place] = same[place] * frequency
    weights["name"] = dict(zip(CLASSES, (tuple(same), tuple(household), tuple(stranger)), strict=True))


def _tie_places(weights: Weights) -> None:
    """Same village with a group missing: as telling as all that is known of pairs from one village together."""
    village = code("place", "village")
    parts = [code("place", level) for level in ("house", "group", "other-group")]
    for kind in CLASSES:
        row = list(weights["place"][kind])
        row[village] = sum(row[place] for place in parts)
        weights["place"][kind] = tuple(row)


def _distance(new: Weights, old: Mapping[str, Mapping[str, tuple[float, ...]]]) -> float:
    return max(
        float(np.abs(np.array(new[field.name][kind]) - np.array(old[field.name][kind])).max())
        for field in FIELDS
        for kind in CLASSES
    )


def _checked(model: Model) -> Model:
    """The model, if its classes still mean what they are called."""
    for field, level in (("number", "equal"), ("name", "equal-1"), ("birth", "equal")):
        place = code(field, level)
        same, stranger = (model.weights[field][kind][place] for kind in ("same", "stranger"))
        if same <= stranger * 10:
            raise TrainingFailed(f"{field} {level} is hardly likelier for the same person than for strangers")
    return model
