"""From weights to links: posterior per candidate, one grade, at most one assigned person per record, and the reasons
why a human must look.

Candidates of a record compete with each other and with "nobody": two equally good ones are a doubt, not two links.
A number that agrees beside quite another name (身份不符: typing error, former name, borrowed number) is never a link by
itself and does not compete; if the right person is among the other candidates, that person wins. Where a date of birth
stated beside the number, the telephone or the household speaks for it too, it competes like any other, but is at best
probable and says that the name is another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage.block import Pairs
from matcher.linkage.encode import Encoded
from matcher.linkage.kernel import Flag, Int, compiled, inlined
from matcher.linkage.levels import Patterns, among
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
_SPEAKING_BESIDE_NUMBER: Final = {
    "birth": ("stated-equal", "stated-near"),
    "phone": ("equal", "near"),
    "household": ("supported",),
}
OTHER_NAME: Final = "other-name"  # of links: taken, but a human should look
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
    aside: NDArray[np.bool_]  # of these, the ones nothing else speaks for: outside the competition
    weak: NDArray[np.bool_]  # whatever its probability, not enough for a link without a human

    def pairs(self, keep: NDArray[np.bool_]) -> Pairs:
        """Packed pairs of the kept candidates."""
        return self.record[keep] << 32 | self.row[keep]


class _Told(NamedTuple):
    """What is known of every pair: ascending, with the code and a hash of the person's id."""

    pairs: Pairs
    patterns: Patterns
    odds: Odds
    aside: NDArray[np.bool_]
    person: NDArray[np.int32]
    tie: NDArray[np.int64]


def candidates(encoded: Encoded, pairs: Pairs, patterns: Patterns, odds: Odds, least: float = 0.0) -> Candidates:
    """Posterior of every distinct person per record, of those at least `least`; pairs come ascending. Ties are broken
    by the pattern and by a hash of the id, never by row order."""
    row = pairs & 0xFFFFFFFF
    person = encoded.people.side.rows["person"][row]
    mismatch = _mismatch(patterns)
    aside = mismatch & ~_any_of(patterns, _SPEAKING_BESIDE_NUMBER)
    told = _Told(pairs, patterns, odds, aside, person, encoded.people.keys[row])
    chosen, probability = _ranked(told, least)
    return Candidates(
        record=pairs[chosen] >> 32,
        row=row[chosen],
        person=person[chosen].astype(np.int64),
        pattern=patterns[chosen],
        probability=probability,
        mismatch=mismatch[chosen],
        aside=told.aside[chosen],
        weak=_weak(patterns[chosen]),
    )


@compiled
def _ranked(told: _Told, least: float) -> tuple[NDArray[np.int64], Odds]:
    """Places of the candidates, record by record the likeliest first, and their probabilities."""
    chosen = np.empty(len(told.pairs), dtype=np.int64)
    share = np.empty(len(told.pairs))
    used, start = 0, 0
    while start < len(told.pairs):
        end = start
        while end < len(told.pairs) and told.pairs[end] >> 32 == told.pairs[start] >> 32:
            end += 1
        count = _best_rows(told, start, end, chosen[used:])
        used += _shared(told, chosen[used : used + count], share[used : used + count], least)
        start = end
    return chosen[:used].copy(), share[:used].copy()


@inlined
def _best_rows(told: _Told, start: Int, end: Int, chosen: NDArray[np.int64]) -> Int:
    """The best row of every person among one record's pairs, in an order that hangs on no row; how many."""
    count = 0
    for pair in range(start, end):
        place = count
        for known in range(count):
            if told.person[chosen[known]] == told.person[pair]:
                place = known
        if place < count and not _ahead(told, pair, chosen[place]):
            continue
        count += place == count
        # the better row of a person moves up from where the other stood
        while place > 0 and _ahead(told, pair, chosen[place - 1]):
            chosen[place] = chosen[place - 1]
            place -= 1
        chosen[place] = pair
    return count


@inlined
def _ahead(told: _Told, pair: Int, other: Int) -> Flag:
    if told.odds[pair] != told.odds[other]:
        return told.odds[pair] > told.odds[other]
    if told.patterns[pair] != told.patterns[other]:
        return told.patterns[pair] < told.patterns[other]
    return told.tie[pair] < told.tie[other]


@inlined
def _shared(told: _Told, chosen: NDArray[np.int64], share: Odds, least: float) -> Int:
    """The candidates of one record that reach `least`, the likeliest first, with their share among all of them and
    "nobody"; one set aside stands beside the others, not among them, and behind its equals. How many."""
    peak = max(told.odds[chosen[0]], 0.0)
    total = np.exp(-peak)
    for pair in chosen:
        if not told.aside[pair]:
            total += np.exp(told.odds[pair] - peak)
    kept = 0
    for place in range(len(chosen)):
        pair = chosen[place]
        lifted = np.exp(told.odds[pair] - peak)
        its = lifted / (total + lifted if told.aside[pair] else total)
        if its < least:
            continue
        at = kept
        while at > 0 and (its > share[at - 1] or (its == share[at - 1] and told.aside[chosen[at - 1]])):
            chosen[at], share[at] = chosen[at - 1], share[at - 1]
            at -= 1
        chosen[at], share[at] = pair, its
        kept += 1
    return kept


def _mismatch(patterns: Patterns) -> NDArray[np.bool_]:
    return among(patterns, "number", ("equal", "upgraded")) & among(patterns, "name", ("surname", "differs"))


def _weak(patterns: Patterns) -> NDArray[np.bool_]:
    """Candidates no probability makes a link: those for whom nothing speaks but name, sex and nationality (how many
    bear the name is never quite known), and those whose sound number is another one while neither date of birth,
    telephone, house nor household speaks for them (cousins of one name live in one village)."""
    differs = among(patterns, "number", ("differs",))
    return ~_any_of(patterns, _SPEAKING) | (differs & ~_any_of(patterns, _SPEAKING_AGAINST_NUMBER))


def _any_of(patterns: Patterns, speaking: Mapping[str, tuple[str, ...]]) -> NDArray[np.bool_]:
    """Whether any of these fields has one of its levels named."""
    found = np.zeros(len(patterns), dtype=np.bool_)
    for field, names in speaking.items():
        found |= among(patterns, field, names)
    return found


def grades(found: Candidates, model: Model) -> NDArray[np.int8]:
    """Index into GRADES: by the thresholds; an equal number alone, and a name alone, is at best possible, and what
    stands under another name at best probable."""
    bounds = [model.thresholds[name] for name in ("possible", "probable", "certain")]
    grade = np.searchsorted(np.array(bounds), found.probability, side="right").astype(np.int8)
    most = np.where(found.aside | found.weak, 1, np.where(found.mismatch, 2, 3))
    return np.minimum(grade, most).astype(np.int8)


def assign(encoded: Encoded, found: Candidates, grade: NDArray[np.int8]) -> NDArray[np.bool_]:
    """The one candidate each record is taken for: its best, if probable; settled within rosters where two members of
    one household claim one person under different names."""
    best = np.ones(len(found.record), dtype=np.bool_)
    best[1:] = found.record[1:] != found.record[:-1]
    assigned = best & (grade >= 2)
    roster = encoded.records.rows["household"][found.record]
    name = _full_names(encoded, found.record)
    rows = np.flatnonzero(assigned & (roster >= 0))
    if not len(rows):
        return assigned
    claims = pl.DataFrame({"roster": roster[rows], "person": found.person[rows], "name": name[rows]})
    contested = claims.group_by("roster", "person").agg(pl.col("name").n_unique()).filter(pl.col("name") > 1)
    for house in contested["roster"].unique().sort().to_list():
        free = (roster == house) & (grade >= 1) & ~found.aside & ~found.weak
        _settle(found, np.flatnonzero(free), assigned)
    return assigned


def _full_names(encoded: Encoded, record: NDArray[np.int64]) -> NDArray[np.int64]:
    """Equal numbers for records of equal names, −1 where one has none."""
    names = encoded.records.rows["name"][record]
    return np.where(names >= 0, encoded.records.names.entries["full"][np.maximum(names, 0)], -1)


def _settle(found: Candidates, rows: NDArray[np.int64], assigned: NDArray[np.bool_]) -> None:
    """Optimal assignment of one roster's records to persons; each may also go to nobody. Changes `assigned`."""
    records, r = np.unique(found.record[rows], return_inverse=True)
    persons, p = np.unique(found.person[rows], return_inverse=True)
    cost = np.full((len(records), len(persons) + len(records)), 50.0)
    cost[:, len(persons) :] = 1.0  # nobody: dearer than a probable link, cheaper than an unlikely one
    cost[r, p] = -np.log(np.clip(found.probability[rows], 1e-12, 1.0))
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - a sixth of a second, and few files need it

    left, right = linear_sum_assignment(cost)
    chosen = dict(zip(left.tolist(), right.tolist(), strict=True))
    assigned[rows] = [chosen[a] == b for a, b in zip(r.tolist(), p.tolist(), strict=True)]


def reasons(
    encoded: Encoded, found: Candidates, grade: NDArray[np.int8], assigned: NDArray[np.bool_]
) -> list[str | None]:
    """Why a human must look at a candidate: null for sure links and for what is certainly not."""
    runner_up = np.zeros(len(found.record), dtype=np.bool_)
    runner_up[1:] = found.record[1:] == found.record[:-1]
    home = encoded.people.side.rows["household"][found.row]
    doubtful = (grade >= 1) & (grade <= 2)
    rivals = np.bincount(found.record[doubtful], minlength=int(found.record.max(initial=0)) + 1)[found.record]
    rival_homes = np.unique(np.column_stack((found.record[doubtful], home[doubtful])), axis=0)
    records, homes = np.unique(rival_homes[:, 0], return_counts=True)
    alone = np.isin(found.record, records[homes == 1]) & (home >= 0)
    twin = among(found.pattern, "birth", ("equal", "equal-some"))
    out = np.full(len(found.record), None, dtype=object)
    out[doubtful & ~assigned] = "weak-evidence"
    out[doubtful & (rivals > 1)] = "two-candidates"
    out[doubtful & (rivals > 1) & alone] = "sibling"
    out[doubtful & (rivals > 1) & alone & twin] = "twin"
    out[doubtful & among(found.pattern, "number", ("of-member",))] = "borrowed-number"
    out[found.mismatch & (grade >= 1)] = OTHER_NAME
    out[found.aside & (grade >= 1)] = "id-name-mismatch"
    return list(out)
