"""Records that are nobody's, gathered into people and kept so: what comes or goes touches its own neighbourhood only.

Two records are one person, or not, by what they say, by how rare their names are in the pool, by who else holds their
numbers, and by how large the pool is. A change searches anew for the records for which any of that changed, and gathers
anew what is connected with them. What comes out equals a pool made anew: a test holds the two together.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.frames import CLUSTER, conform
from matcher.linkage import levels as scale
from matcher.linkage.block import Pairs
from matcher.linkage.cluster import cluster, components
from matcher.linkage.compare import roster_levels
from matcher.linkage.encode import Encoded
from matcher.linkage.index import PeopleIndex
from matcher.linkage.model import Model
from matcher.linkage.search import WITHIN, bound
from matcher.linkage.weigh import weigh
from matcher.linkage.within import Order, RowSet, dependents, order_of, search_within

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
MOST_TOUCHED: Final = 0.25  # share of the records from which on searching for all of them is no dearer


@dataclass(frozen=True)
class Pool:
    """`pairs` are those likely to be one person, packed, ascending; `root` is the first row of each row's cluster (in
    the order of ids) and `sure` how sure its place there is."""

    index: PeopleIndex
    model: Model
    pairs: Pairs
    probability: Floats
    root: RowSet
    sure: Floats

    @classmethod
    def of(cls, records: pl.DataFrame, model: Model, areas: pl.DataFrame | None = None) -> "Pool":
        """The pool of an IDENTITY frame of distinct ids. `areas`: see `clean`. `household` must be comparable between
        the records."""
        return cls._anew(PeopleIndex.of(records, areas), model)

    @classmethod
    def _anew(cls, index: PeopleIndex, model: Model) -> "Pool":
        order = order_of(index)
        pairs, probability = _likely(index, order, model)
        alone = np.arange(len(index))
        everybody = np.ones(len(index), dtype=np.bool_)
        return cls(index, model, pairs, probability, alone, np.ones(len(index)))._gathered(order, everybody)

    def changed(self, gone: pl.Series, new: pl.DataFrame, areas: pl.DataFrame | None = None) -> "Pool":
        """Without the records whose ids are in `gone`, and with those of `new` (IDENTITY)."""
        index = self.index.changed(gone, new, areas)
        if size_class(index.people) != size_class(self.index.people):
            return Pool._anew(index, self.model)
        going = self.index.side.rows["live"] & self.index.side.ids.is_in(gone.implode()).to_numpy()
        to = _places(self.index, going, index, new.height)
        came = np.arange(len(index) - new.height, len(index))
        touched = np.zeros(len(index), dtype=np.bool_)
        touched[came] = True
        touched[dependents(self.index, np.flatnonzero(going), index, came)] = True
        touched |= _renamed(self.index, index)
        touched &= index.side.rows["live"]
        if np.count_nonzero(touched) > MOST_TOUCHED * index.people:
            return Pool._anew(index, self.model)
        return self._searched(index, to, touched)

    def _searched(self, index: PeopleIndex, to: RowSet, touched: Flags) -> "Pool":
        """This pool over `index`, its rows moved `to` new places (−1 = gone), the touched ones searched for anew."""
        left, right = to[self.pairs >> 32], to[self.pairs & 0xFFFFFFFF]
        stays = (left >= 0) & (right >= 0)
        stays[stays] = ~touched[left[stays]] & ~touched[right[stays]]
        lost = np.concatenate([left[~stays], right[~stays]])
        said = order_of(index)
        found, likely = _likely(index, said, self.model, np.flatnonzero(touched))
        pairs = np.concatenate([left[stays] << 32 | right[stays], found])
        order = np.argsort(pairs)
        pairs, probability = pairs[order], np.concatenate([self.probability[stays], likely])[order]
        label = components(len(index), pairs)
        seeds = touched.copy()
        seeds[lost[lost >= 0]] = True
        anew = np.isin(label, label[seeds])
        root, sure = np.arange(len(index)), np.ones(len(index))
        kept = to >= 0
        kept[kept] = ~anew[to[kept]]
        root[to[kept]], sure[to[kept]] = to[self.root[kept]], self.sure[kept]
        return Pool(index, self.model, pairs, probability, root, sure)._gathered(said, anew)

    def _gathered(self, order: Order, anew: Flags) -> "Pool":
        """With the clusters of the rows in `anew` (whole components, each row a cluster of its own so far)."""
        mine = anew[self.pairs >> 32]
        encoded = Encoded(self.index, self.index.side)
        done = cluster(encoded, order, self.pairs[mine], self.probability[mine])
        root, sure = self.root.copy(), self.sure.copy()
        root[done.row], sure[done.row] = done.root, done.probability
        return Pool(self.index, self.model, self.pairs, self.probability, root, sure)

    def clusters(self) -> pl.DataFrame:
        """CLUSTER: one row per record, in the order in which they came."""
        live = np.flatnonzero(self.index.side.rows["live"])
        ids = self.index.side.ids
        told = {"record_id": ids.gather(live), "cluster": ids.gather(self.root[live]), "probability": self.sure[live]}
        return conform(pl.DataFrame(told), CLUSTER)


def size_class(records: int) -> int:
    """How large a pool counts for: the next power of two, so that one more record does not move every probability."""
    return 1 << max(records - 1, 1).bit_length()


def _likely(index: PeopleIndex, order: Order, model: Model, asking: RowSet | None = None) -> tuple[Pairs, Floats]:
    """The pairs that are likely one person (those with a row in `asking`), ascending, and their probabilities."""
    encoded, count, least = Encoded(index, index.side), size_class(index.people), model.thresholds["probable"]
    pairs, patterns = search_within(encoded, order, bound(model, count, least, WITHIN), asking)
    patterns = scale.replace(patterns, "household", roster_levels(encoded, pairs))
    probability = 1 / (1 + np.exp(-weigh(patterns, model, count)))
    likely = probability >= least
    return pairs[likely], probability[likely]


def _places(before: PeopleIndex, going: Flags, after: PeopleIndex, new: int) -> RowSet:
    """Where each row of `before` stands in `after`, −1 = nowhere: `after` may have left out the dead."""
    stays = before.side.rows["live"] & ~going
    compact = len(after) != len(before) + new
    return np.where(stays, np.cumsum(stays) - 1 if compact else np.arange(len(stays)), -1)


def _renamed(before: PeopleIndex, after: PeopleIndex) -> Flags:
    """Rows of `after` whose names have become rarer or commoner."""
    was, now = before.side.names.entries["rarity"], after.side.names.entries["rarity"]
    other = np.zeros(len(now), dtype=np.bool_)
    other[: len(was)] = was != now[: len(was)]
    names = after.side.rows["name"]
    out: Flags = (names >= 0) & other[np.maximum(names, 0)]
    return out
