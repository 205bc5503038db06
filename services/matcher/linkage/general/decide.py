"""From odds to links: probability, grade, and the one person a record is taken for."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matcher.linkage.general.model import GeneralModel

Row = NDArray[np.float64]
Rows = NDArray[np.int64]
GRADES: Final = ("certainly-not", "possible", "probable", "certain")
RARE: Final = 0.01  # share of doubly linked rows that twins and chance explain in files without duplicates
LARGEST: Final = 2_000  # rows of a tangle that is settled optimally; a larger one goes to the surest first


def probability(odds: Row) -> Row:
    """Of natural log-odds."""
    share: Row = 1 / (1 + np.exp(-np.clip(odds, -700, 700)))
    return share


def logit(share: float) -> float:
    """Natural log-odds of a probability."""
    return float(np.log(share / (1 - share)))


def grades(share: Row, model: GeneralModel) -> pl.Series:
    """The word for each probability."""
    at = model.thresholds
    number = np.searchsorted(np.array([at.possible, at.probable, at.certain]), share, side="right")
    return pl.Series(number).replace_strict(dict(enumerate(GRADES)), return_dtype=pl.String)


def is_one_to_one(record: Rows, person: Rows, odds: Row, model: GeneralModel) -> bool:
    """Whether each person stands at most once on either side: the model says so, or the certain links do, of which
    then hardly any two share a row."""
    if model.assignment != "auto":
        return model.assignment == "one-to-one"
    sure = odds >= logit(model.thresholds.certain)
    twice = [
        float((np.unique(side[sure], return_counts=True)[1] > 1).mean()) for side in (record, person) if sure.any()
    ]
    return all(share < RARE for share in twice)


def assign(record: Rows, person: Rows, odds: Row, model: GeneralModel, *, one_to_one: bool) -> NDArray[np.bool_]:
    """The pairs taken: each record's best, if probable; one to one, the best for all who claim one another's."""
    gain = odds - logit(model.thresholds.probable)
    taken = np.zeros(len(record), dtype=np.bool_)
    rows = np.flatnonzero(gain >= 0)
    rows = rows[np.lexsort((person[rows], -gain[rows], record[rows]))]
    if not one_to_one:
        taken[rows[np.unique(record[rows], return_index=True)[1]]] = True
        return taken
    for tangle in _tangles(record[rows], person[rows]):
        own = rows[tangle]
        taken[own[_settle(record[own], person[own], gain[own])]] = True
    return taken


def _tangles(record: Rows, person: Rows) -> list[Rows]:
    """Pairs that share rows, directly or through others, gathered; places within the given pairs."""
    if not len(record):
        return []
    _, left = np.unique(record, return_inverse=True)
    _, right = np.unique(person, return_inverse=True)
    right = right + left.max() + 1
    size = int(right.max()) + 1
    _, label = connected_components(coo_array((np.ones(len(left)), (left, right)), shape=(size, size)), directed=False)
    mine = label[left]
    order = np.argsort(mine, kind="stable")
    return list(np.split(order, np.flatnonzero(np.diff(mine[order])) + 1))


def _settle(record: Rows, person: Rows, gain: Row) -> Rows:
    """Places of the pairs to take so that the gains add up to the most, each row at most once."""
    if len(record) == 1:
        return np.zeros(1, dtype=np.int64)
    records, r = np.unique(record, return_inverse=True)
    persons, p = np.unique(person, return_inverse=True)
    if len(records) + len(persons) > LARGEST:
        return _surest_first(r, p, gain)
    table = np.zeros((len(records), len(persons)))
    place = np.full(table.shape, -1, dtype=np.int64)
    table[r, p], place[r, p] = gain + 1e-9, np.arange(len(r))
    chosen = place[linear_sum_assignment(table, maximize=True)]
    found: Rows = chosen[chosen >= 0]
    return found


def _surest_first(record: Rows, person: Rows, gain: Row) -> Rows:
    left, right, chosen = set(record.tolist()), set(person.tolist()), []
    for place in np.lexsort((person, record, -gain)).tolist():
        if record[place] in left and person[place] in right:
            left.discard(record[place])
            right.discard(person[place])
            chosen.append(place)
    return np.array(chosen, dtype=np.int64)
