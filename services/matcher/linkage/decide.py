"""From weights to links: posterior per candidate, one grade, at most one assigned person per record, and the reasons
why a human must look.

Candidates of a record compete with each other and with "nobody": two equally good ones are a doubt, not two links.
A number that agrees beside quite another name (身份不符: typing error, former name, borrowed number) is never a link by
itself and does not compete; if the right person is among the other candidates, that person wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from matcher.linkage.block import Pairs
from matcher.linkage.encode import Encoded
from matcher.linkage.levels import Patterns, code, unpack
from matcher.linkage.model import Model
from matcher.linkage.weigh import Odds

_SPEAKING: Final = {
    "number": ("equal", "upgraded", "repaired", "same-birth", "of-member"),
    "birth": ("equal", "equal-some", "one-digit", "same-month", "default-day"),
    "place": ("house", "group", "village", "other-group", "township"),
    "phone": ("equal", "near"),
    "household": ("supported",),
}
_SPEAKING_AGAINST_NUMBER: Final = {
    "birth": ("equal", "equal-some"),
    "place": ("house",),
    "phone": ("equal",),
    "household": ("supported",),
}
GRADES: Final = ("certainly-not", "possible", "probable", "certain")


@dataclass(frozen=True)
class Candidates:
    """The best row of each person for each record, sorted by record, then probability falling."""

    record: NDArray[np.int64]
    row: NDArray[np.int64]  # people row
    person: NDArray[np.int64]  # code of the person's id
    pattern: Patterns
    probability: NDArray[np.float64]
    mismatch: NDArray[np.bool_]  # equal number, quite another name
    weak: NDArray[np.bool_]  # whatever its probability, not enough for a link without a human

    def pairs(self, keep: NDArray[np.bool_]) -> Pairs:
        """Packed pairs of the kept candidates."""
        return self.record[keep] << 32 | self.row[keep]


def candidates(encoded: Encoded, pairs: Pairs, patterns: Patterns, odds: Odds) -> Candidates:
    """Posterior of every distinct person per record; ties are broken by pattern and by id, never by row order."""
    record, row = pairs >> 32, pairs & 0xFFFFFFFF
    person = encoded.people.person[row].astype(np.int64)
    likely = np.flatnonzero(odds > -25.0)  # beyond any floor: spares sorting the many strangers
    order = likely[np.lexsort((patterns[likely], -odds[likely], person[likely], record[likely]))]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (record[order][1:] != record[order][:-1]) | (person[order][1:] != person[order][:-1])
    best = order[first]
    record, row, person, patterns = record[best], row[best], person[best], patterns[best]
    mismatch = _mismatch(patterns)
    probability = _posterior(record, odds[best], mismatch)
    rank = encoded.people.ids.rank("dense").to_numpy()[row] if len(row) else row
    order = np.lexsort((rank, mismatch, -probability, record))
    return Candidates(
        record=record[order],
        row=row[order],
        person=person[order],
        pattern=patterns[order],
        probability=probability[order],
        mismatch=mismatch[order],
        weak=_weak(patterns[order]),
    )


def _posterior(record: NDArray[np.int64], odds: Odds, mismatch: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Share of each candidate among all of its record and "nobody"; a mismatch stands beside the others, not among."""
    size = int(record.max(initial=-1)) + 1
    peak = np.zeros(size)
    np.maximum.at(peak, record, odds)
    lifted = np.exp(odds - peak[record])
    total = np.bincount(record, weights=np.where(mismatch, 0.0, lifted), minlength=size) + np.exp(-peak)
    return lifted / (total[record] + np.where(mismatch, lifted, 0.0))


def _mismatch(patterns: Patterns) -> NDArray[np.bool_]:
    levels = unpack(patterns)
    number: NDArray[np.bool_] = np.isin(levels["number"], (code("number", "equal"), code("number", "upgraded")))
    other: NDArray[np.bool_] = np.isin(levels["name"], (code("name", "surname"), code("name", "differs")))
    return number & other


def _weak(patterns: Patterns) -> NDArray[np.bool_]:
    """Candidates no probability makes a link: those for whom nothing speaks but name, sex and nationality (how many
    bear the name is never quite known), and those whose sound number is another one while neither date of birth,
    telephone, house nor household speaks for them (cousins of one name live in one village)."""
    levels = unpack(patterns)

    def any_of(speaking: Mapping[str, tuple[str, ...]]) -> NDArray[np.bool_]:
        found = np.zeros(len(patterns), dtype=np.bool_)
        for field, names in speaking.items():
            found |= np.isin(levels[field], [code(field, name) for name in names])
        return found

    differs: NDArray[np.bool_] = levels["number"] == code("number", "differs")
    return ~any_of(_SPEAKING) | (differs & ~any_of(_SPEAKING_AGAINST_NUMBER))


def grades(found: Candidates, model: Model) -> NDArray[np.int8]:
    """Index into GRADES: by the thresholds; a mismatch, and a name alone, is at best possible."""
    bounds = [model.thresholds[name] for name in ("possible", "probable", "certain")]
    grade = np.searchsorted(np.array(bounds), found.probability, side="right").astype(np.int8)
    return np.where(found.mismatch | found.weak, np.minimum(grade, 1), grade).astype(np.int8)


def assign(encoded: Encoded, found: Candidates, grade: NDArray[np.int8]) -> NDArray[np.bool_]:
    """The one candidate each record is taken for: its best, if probable; settled within rosters where two members of
    one household claim one person under different names."""
    best = np.ones(len(found.record), dtype=np.bool_)
    best[1:] = found.record[1:] != found.record[:-1]
    assigned = best & (grade >= 2)
    roster = encoded.records.household[found.record].astype(np.int64)
    name = encoded.records.name[found.record]
    rows = np.flatnonzero(assigned & (roster >= 0))
    claims = pl.DataFrame({"roster": roster[rows], "person": found.person[rows], "name": name[rows]})
    contested = claims.group_by("roster", "person").agg(pl.col("name").n_unique()).filter(pl.col("name") > 1)
    for house in contested["roster"].unique().sort().to_list():
        _settle(found, np.flatnonzero((roster == house) & (grade >= 1) & ~found.mismatch), assigned)
    return assigned


def _settle(found: Candidates, rows: NDArray[np.int64], assigned: NDArray[np.bool_]) -> None:
    """Optimal assignment of one roster's records to persons; each may also go to nobody. Changes `assigned`."""
    records, r = np.unique(found.record[rows], return_inverse=True)
    persons, p = np.unique(found.person[rows], return_inverse=True)
    cost = np.full((len(records), len(persons) + len(records)), 50.0)
    cost[:, len(persons) :] = 1.0  # nobody: dearer than a probable link, cheaper than an unlikely one
    cost[r, p] = -np.log(np.clip(found.probability[rows], 1e-12, 1.0))
    left, right = linear_sum_assignment(cost)
    chosen = dict(zip(left.tolist(), right.tolist(), strict=True))
    assigned[rows] = [chosen[a] == b for a, b in zip(r.tolist(), p.tolist(), strict=True)]


def reasons(
    encoded: Encoded, found: Candidates, grade: NDArray[np.int8], assigned: NDArray[np.bool_]
) -> list[str | None]:
    """Why a human must look at a candidate: null for sure links and for what is certainly not."""
    runner_up = np.zeros(len(found.record), dtype=np.bool_)
    runner_up[1:] = found.record[1:] == found.record[:-1]
    levels = unpack(found.pattern)
    home = encoded.people.household[found.row]
    doubtful = (grade >= 1) & (grade <= 2)
    rivals = np.bincount(found.record[doubtful], minlength=int(found.record.max(initial=0)) + 1)[found.record]
    rival_homes = (
        pl.DataFrame({"r": found.record[doubtful], "h": home[doubtful]}).group_by("r").agg(pl.col("h").n_unique())
    )
    alone = np.isin(found.record, rival_homes.filter(pl.col("h") == 1)["r"].to_numpy()) & (home >= 0)
    twin = np.isin(levels["birth"], (code("birth", "equal"), code("birth", "equal-some")))
    out = np.full(len(found.record), None, dtype=object)
    out[doubtful & ~assigned] = "weak-evidence"
    out[doubtful & (rivals > 1)] = "two-candidates"
    out[doubtful & (rivals > 1) & alone] = "sibling"
    out[doubtful & (rivals > 1) & alone & twin] = "twin"
    out[doubtful & (levels["number"] == code("number", "of-member"))] = "borrowed-number"
    out[found.mismatch & (grade >= 1)] = "id-name-mismatch"
    return list(out)
