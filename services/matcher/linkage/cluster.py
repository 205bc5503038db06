"""Records that are nobody's, gathered into people: a cluster is one human being reported by one agency or by several.

Pairs are merged from the surest down; a merge is refused where it would bring two people together who cannot be one:
two sound and different numbers, or two members of one household's roster under different names. A chain of likely
pairs never makes husband and wife, or twins, one person.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.block import Pairs
from matcher.linkage.encode import Encoded
from matcher.linkage.levels import Patterns, code, unpack


@dataclass(frozen=True)
class Clusters:
    """For each record the first record (in the order of ids) of its cluster, and how sure its place there is."""

    root: NDArray[np.int64]
    probability: NDArray[np.float64]


def cluster(
    encoded: Encoded, pairs: Pairs, patterns: Patterns, probability: NDArray[np.float64], threshold: float
) -> Clusters:
    """Greedy agglomeration over the pairs at or above `threshold`, ties by id, so that row order never matters."""
    rank = encoded.records.ids.rank("ordinal").to_numpy().astype(np.int64) - 1
    keep = np.flatnonzero(probability >= threshold)
    left, right = pairs[keep] >> 32, pairs[keep] & 0xFFFFFFFF
    low, high = np.minimum(rank[left], rank[right]), np.maximum(rank[left], rank[right])
    order = np.lexsort((high, low, -probability[keep]))
    forest = _Forest(encoded, _apart(pairs, patterns))
    best = np.ones(len(encoded.records))
    joined = np.zeros(len(best), dtype=np.bool_)
    for place in order.tolist():
        a, b = int(left[place]), int(right[place])
        if forest.merge(a, b):
            for row in (a, b):
                if not joined[row]:
                    joined[row], best[row] = True, probability[keep[place]]
    return Clusters(_first(forest, rank), best)


def _first(forest: "_Forest", rank: NDArray[np.int64]) -> NDArray[np.int64]:
    top = np.array([forest.find(row) for row in range(len(rank))], dtype=np.int64)
    by_rank = np.argsort(rank)
    _, index = np.unique(top[by_rank], return_index=True)
    first = np.zeros(len(rank), dtype=np.int64)
    first[top[by_rank[index]]] = by_rank[index]
    return first[top]


def _apart(pairs: Pairs, patterns: Patterns) -> set[int]:
    """Compared pairs that are surely two people: members of one roster under different names, or sound numbers that
    differ together with the name."""
    levels = unpack(patterns)
    roster = levels["household"] == code("household", "same-roster")
    other_name = levels["name"] >= code("name", "variant")
    strict = roster & other_name
    numbers = np.isin(levels["number"], (code("number", "differs"), code("number", "of-member")))
    strict |= numbers & (levels["name"] >= code("name", "one-other"))
    return set(pairs[strict].tolist())


class _Forest:
    """Union-find that knows which rows must stay apart."""

    def __init__(self, encoded: Encoded, apart: Iterable[int]) -> None:
        self.parent = list(range(len(encoded.records)))
        self.members: dict[int, list[int]] = {}
        self.enemies: dict[int, set[int]] = {}
        self.roster = encoded.records.household.tolist()
        self.name = encoded.records.name.tolist()
        for pair in apart:
            a, b = pair >> 32, pair & 0xFFFFFFFF
            self.enemies.setdefault(a, set()).add(b)
            self.enemies.setdefault(b, set()).add(a)

    def find(self, row: int) -> int:
        """The root of a row's cluster."""
        while self.parent[row] != row:
            self.parent[row] = self.parent[self.parent[row]]
            row = self.parent[row]
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
