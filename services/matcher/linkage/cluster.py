"""Records that are nobody's, gathered into people: a cluster is one human being reported by one agency or by several.

Pairs are merged from the surest down; a merge is refused where it would bring two people together who cannot be one:
two sound and different numbers, or two members of one household's roster under different names. A chain of likely
pairs never makes husband and wife, or twins, one person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.block import Pairs
from matcher.linkage.compare import compare
from matcher.linkage.encode import Encoded
from matcher.linkage.kernel import Int, compiled
from matcher.linkage.levels import Patterns, code, unpack
from matcher.linkage.within import Order, oriented

MOST_TOGETHER: Final = 512  # connected rows of which every pair is looked at; no human being has as many records


@dataclass(frozen=True)
class Clusters:
    """For each of the rows that stand in a pair the first row (in the order of ids) of its cluster, and how sure its
    place there is. All other rows are clusters of their own."""

    row: NDArray[np.int64]
    root: NDArray[np.int64]
    probability: NDArray[np.float64]


def cluster(encoded: Encoded, order: Order, pairs: Pairs, probability: NDArray[np.float64]) -> Clusters:
    """Greedy agglomeration over likely pairs (see `within.oriented`), the surest first, ties by what the rows say, so
    that neither row order nor ids matter."""
    left, right = pairs >> 32, pairs & 0xFFFFFFFF
    said, ids = order
    surest = np.lexsort((ids[right], said[right], ids[left], said[left], -probability))
    connected = _together(order, left, right)
    forest = _Forest(encoded, _apart(connected, compare(encoded, connected)))
    sure: dict[int, float] = {}
    for place in surest.tolist():
        a, b = int(left[place]), int(right[place])
        if forest.merge(a, b):
            for row in (a, b):
                sure.setdefault(row, float(probability[place]))
    rows = np.unique(np.concatenate([left, right]))
    best = np.array([sure.get(row, 1.0) for row in rows.tolist()])
    return Clusters(rows, _first(encoded, forest, rows), best)


def _first(encoded: Encoded, forest: "_Forest", rows: NDArray[np.int64]) -> NDArray[np.int64]:
    by_id = rows[encoded.records.ids.gather(rows).arg_sort().to_numpy()]
    first: dict[int, int] = {}
    for row in by_id.tolist():
        first.setdefault(forest.find(row), row)
    return np.array([first[forest.find(row)] for row in rows.tolist()], dtype=np.int64)


def components(count: int, pairs: Pairs) -> NDArray[np.int64]:
    """Equal labels for the rows (of `count`) which a chain of pairs connects."""
    return _labels(count, pairs >> 32, pairs & 0xFFFFFFFF)


def _together(order: Order, left: NDArray[np.int64], right: NDArray[np.int64]) -> Pairs:
    """All pairs of rows that a chain of likely pairs connects, ascending."""
    rows, places = np.unique(np.concatenate([left, right]), return_inverse=True)
    label = _labels(len(rows), places[: len(left)], places[len(left) :])
    together = np.argsort(label, kind="stable")
    _, first, size = np.unique(label[together], return_index=True, return_counts=True)
    spans = zip(first.tolist(), size.tolist(), strict=True)
    found = [_pairs_of(rows[together[start : start + many]]) for start, many in spans if 2 < many <= MOST_TOGETHER]
    both = np.concatenate([left << 32 | right, *found])
    return np.unique(oriented(order, both >> 32, both & 0xFFFFFFFF))


@compiled
def _labels(count: Int, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Equal labels for what the pairs connect."""
    label = np.arange(count)
    for pair in range(len(left)):
        a, b = left[pair], right[pair]
        while label[a] != a:
            label[a] = label[label[a]]
            a = label[a]
        while label[b] != b:
            label[b] = label[label[b]]
            b = label[b]
        label[max(a, b)] = min(a, b)
    for row in range(count):
        label[row] = label[label[row]]  # roots stand before what hangs on them
    return label


def _pairs_of(rows: NDArray[np.int64]) -> Pairs:
    above, below = np.triu_indices(len(rows), 1)
    return rows[above] << 32 | rows[below]


def _apart(pairs: Pairs, patterns: Patterns) -> set[int]:
    """Pairs that are surely two people: sound numbers that differ together with the name. (Members of one roster under
    different names are told apart at each merge.)"""
    levels = unpack(patterns)
    numbers = np.isin(levels["number"], (code("number", "differs"), code("number", "of-member")))
    return set(pairs[numbers & (levels["name"] >= code("name", "one-other"))].tolist())


class _Forest:
    """Union-find that knows which rows must stay apart."""

    def __init__(self, encoded: Encoded, apart: Iterable[int]) -> None:
        self.parent: dict[int, int] = {}  # of rows that are not their own cluster's root
        self.members: dict[int, list[int]] = {}
        self.enemies: dict[int, set[int]] = {}
        self.roster, self.name = encoded.records.rows["household"], encoded.records.rows["name"]
        for pair in apart:
            a, b = pair >> 32, pair & 0xFFFFFFFF
            self.enemies.setdefault(a, set()).add(b)
            self.enemies.setdefault(b, set()).add(a)

    def find(self, row: int) -> int:
        """The root of a row's cluster."""
        while (above := self.parent.get(row)) is not None:
            self.parent[row] = self.parent.get(above, above)
            row = above
        return row

    def merge(self, a: int, b: int) -> bool:
        """Bring the clusters of two rows together unless somebody objects; says whether they are one now."""
        top, other = self.find(a), self.find(b)
        if top == other:
            return True
        ours, theirs = self.members.get(top, [top]), self.members.get(other, [other])
        if any(self._at_odds(x, y) for x in ours for y in theirs):
            return False
        self.parent[other] = top
        self.members[top] = ours + theirs
        self.members.pop(other, None)
        return True

    def _at_odds(self, a: int, b: int) -> bool:
        if b in self.enemies.get(a, ()):
            return True
        return bool(self.roster[a] >= 0 and self.roster[a] == self.roster[b] and self.name[a] != self.name[b])
