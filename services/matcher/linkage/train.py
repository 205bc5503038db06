"""Make the next model: from the two files alone, or from pairs whose truth is known.

A sample teaches as much as all of it. Which rows are drawn hangs on their ids and never on where they stand: shuffled
files give the same bytes.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage import levels as scale
from matcher.linkage.block import Pairs
from matcher.linkage.cells import Hashes, hashes
from matcher.linkage.clean import clean
from matcher.linkage.compare import compare, unconditional
from matcher.linkage.contents import contents
from matcher.linkage.counts import Counts, beside, blend, count
from matcher.linkage.decide import candidates
from matcher.linkage.encode import Encoded, encode
from matcher.linkage.households import household_levels
from matcher.linkage.learn import Seen, TrainingFailed, learn
from matcher.linkage.levels import FIELDS
from matcher.linkage.model import Model
from matcher.linkage.rows import Side
from matcher.linkage.search import NO_BOUND, search
from matcher.linkage.weigh import class_logs, weigh

__all__ = ["Labelled", "TrainingFailed", "fit", "look", "train"]
SAMPLE: Final = 100_000  # random pairs that show what strangers look like
RECORDS: Final = 30_000  # records whose candidates show how one person's records differ
PEOPLE: Final = 50_000  # people the strangers are drawn from


@dataclass(frozen=True)
class Labelled:
    """Two files and the truth about them: TRUTH has feed_id, person_id (null = nobody's)."""

    people: pl.DataFrame
    records: pl.DataFrame
    truth: pl.DataFrame


def train(people: pl.DataFrame, records: pl.DataFrame, start: Model) -> Model:
    """The model fitted to these files by deterministic EM on pattern counts, leaning on `start`.

    Raises TrainingFailed (see learn.learn).
    """
    return train_on(encode(clean(people), clean(records)), start)


def train_on(encoded: Encoded, start: Model) -> Model:
    """`train` on two sides laid out already."""
    return learn(look_at(encoded, start), start).model


def look(people: pl.DataFrame, records: pl.DataFrame, start: Model, *, areas: pl.DataFrame | None = None) -> Seen:
    """What two files show: patterns of the pairs worth comparing, and of random pairs. Both are IDENTITY frames.

    Raises TrainingFailed where a side is empty.
    """
    return look_at(encode(clean(people, areas), clean(records, areas)), start)


def look_at(encoded: Encoded, start: Model) -> Seen:
    """`look` at two sides laid out already."""
    if not len(encoded.people) or not len(encoded.records):
        raise TrainingFailed("nothing to learn from: a side is empty")
    asking = np.sort(drawn(encoded.records, hashes(encoded.records.ids), RECORDS))
    patterns = search(encoded, NO_BOUND, asking).patterns
    distinct, frequency = np.unique(patterns, return_counts=True)
    strangers = _strangers(encoded, start, np.zeros(0, dtype=np.int64))
    return Seen(distinct, frequency, strangers, encoded.people.people, len(asking))


def drawn(side: Side, ids: Hashes, most: int) -> NDArray[np.int64]:
    """At most so many live rows, in an order that hangs on the hashes of their ids and on what they say."""
    rows = np.flatnonzero(side.rows["live"])
    if len(rows) > most:
        rows = rows[ids[rows] <= np.partition(ids[rows], most - 1)[most - 1]]
    return rows[np.lexsort((contents(side, rows), ids[rows]))]


def ordered(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows in an order of their own: by id, and where an id repeats by all they say."""
    return frame.sort("id" if frame["id"].is_unique().all() else frame.columns, nulls_last=True)


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
    weights = blend(start, totals, 5.0)
    return replace(
        start,
        weights=weights,
        present=float(np.clip(np.mean(present), 0.01, 0.99)),
        mates=max(float(np.mean(mates)), 0.1),
        note=note,
    )


def _labelled_counts(labelled: Labelled, start: Model) -> tuple[dict[str, Counts], tuple[float, float]]:
    people, records = ordered(labelled.people), ordered(labelled.records)
    encoded = encode(clean(people), clean(records))
    ids = pl.DataFrame({"person_id": people["id"]}).with_row_index("ours")
    feed = pl.DataFrame({"feed_id": records["id"]}).with_row_index("theirs")
    known = labelled.truth.join(feed, on="feed_id").join(ids, on="person_id")
    same = _pack(known["theirs"], known["ours"])
    homes = pl.DataFrame({"ours": ids["ours"], "home": encoded.people.side.rows["household"]})
    homes = homes.filter(pl.col("home") >= 0)
    mates = known.join(homes, on="ours").join(homes.rename({"ours": "mate"}), on="home")
    mates = mates.filter(pl.col("mate") != pl.col("ours"))
    relatives = np.setdiff1d(_pack(mates["theirs"], mates["mate"]), same)
    seen = search(encoded, NO_BOUND)
    pairs, patterns = seen.pairs, seen.patterns
    found = candidates(encoded, pairs, patterns, weigh(patterns, start, people["id"].n_unique()))
    sure = found.pairs((found.probability >= start.thresholds["certain"]) & ~found.mismatch)
    counted = {}
    for kind, rows in (("same", same), ("household", relatives)):
        with_homes = scale.replace(compare(encoded, rows), "household", household_levels(encoded, rows, sure))
        counted[kind] = count(with_homes, np.ones(len(rows)))
    if len(relatives):
        free, apart = unconditional(encoded, relatives)["birth"], beside("birth")
        counted["household"]["birth"] = np.where(
            apart, counted["household"]["birth"], np.bincount(free, minlength=len(apart))
        )
    counted["stranger"] = _strangers(encoded, start, np.union1d(same, relatives), sure)
    return counted, (len(same) / len(records), len(relatives) / max(len(same), 1))


def _pack(theirs: pl.Series, ours: pl.Series) -> Pairs:
    return np.unique(theirs.to_numpy().astype(np.int64) << 32 | ours.to_numpy().astype(np.int64))


def _strangers(encoded: Encoded, start: Model, related: Pairs, sure: Pairs | None = None) -> Counts:
    """Level counts of random pairs: what strangers look like where it is frequent enough for a sample to show.

    A handful of the pairs drawn are one person, or relatives; each counts only as far as `start` takes it for
    strangers, else equal numbers would seem ten thousand times commoner among strangers than they are."""
    records = drawn(encoded.records, hashes(encoded.records.ids), RECORDS)
    people = drawn(encoded.people.side, encoded.people.keys, PEOPLE)
    pairs = np.setdiff1d(drawn_pairs(records, people), related)
    patterns = compare(encoded, pairs)
    weight = strangeness(patterns, start, encoded.people.people)
    if sure is not None:
        patterns = scale.replace(patterns, "household", household_levels(encoded, pairs, sure))
    return strangers_of(patterns, unconditional(encoded, pairs)["birth"], weight)


def drawn_pairs(records: NDArray[np.int64], people: NDArray[np.int64]) -> Pairs:
    """SAMPLE random pairs of these rows, each once, ascending."""
    draw = np.random.default_rng(20210601)
    theirs = records[draw.integers(0, len(records), SAMPLE)]
    return np.unique(theirs << 32 | people[draw.integers(0, len(people), SAMPLE)])


def strangeness(patterns: scale.Patterns, start: Model, people: int) -> NDArray[np.float64]:
    """How far `start` takes each pair for strangers, among so many people."""
    logs = np.stack(class_logs(patterns, start, people))
    weight: NDArray[np.float64] = np.exp(logs[2] - np.logaddexp.reduce(logs, axis=0))
    return weight


def strangers_of(patterns: scale.Patterns, free: scale.Levels, weight: NDArray[np.float64]) -> Counts:
    """Level counts of random pairs, each as heavy as its weight; `free` are their unconditional levels of birth."""
    apart = beside("birth")
    order = np.lexsort((weight, free, patterns))  # sums of the same numbers in another order are not the same sum
    patterns, free, weight = patterns[order], free[order], weight[order]
    counts = count(patterns, weight)
    counts["birth"] = np.where(apart, 0.0, np.bincount(free, weights=weight, minlength=len(apart)))
    return counts
