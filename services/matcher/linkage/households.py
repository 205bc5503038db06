"""The second pass: who else of the record's household was found, and where.

If three members of a household in a feed are certainly the three members of one household we know, the fourth is
probably its fourth; and the person a sister was linked to is hardly the record's own. Both are evidence, weighed like
any other: support is as likely for a relative as for the person, so it never makes a relative a match.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage.block import LOOSE_CAP, Pairs
from matcher.linkage.cells import NONE, Hashes, mixed, table_size
from matcher.linkage.encode import Encoded
from matcher.linkage.kernel import Int, compiled, inlined
from matcher.linkage.levels import Levels, code

Rows = NDArray[np.int64]


def household_levels(encoded: Encoded, pairs: Pairs, linked: Pairs) -> Levels:
    """Level of `household` for each pair, given the pairs (record << 32 | people row) taken for certain so far."""
    theirs, ours = pairs >> 32, pairs & 0xFFFFFFFF
    rosters, people = encoded.records.rows["household"], encoded.people.side.rows
    homes, persons = people["household"], people["person"].astype(np.int64)
    roster, home, person = rosters[theirs], homes[ours], persons[ours]
    certain, target = linked >> 32, linked & 0xFFFFFFFF
    c_roster = rosters[certain]
    certain, target, c_roster = (part[c_roster >= 0] for part in (certain, target, c_roster))
    c_home, c_person = homes[target], persons[target]
    own = _own(certain, target, theirs)
    own_home = np.where(own >= 0, homes[np.maximum(own, 0)], -1)
    own_person = np.where(own >= 0, persons[np.maximum(own, 0)], -1)
    in_home = _count(c_roster[c_home >= 0], c_home[c_home >= 0], roster, home)
    at_person = _count(c_roster, c_person, roster, person) - (own_person == person)
    anywhere = _count(c_roster[c_home >= 0], c_home[c_home >= 0] * 0, roster, roster * 0) - (own_home >= 0)
    support = in_home - (own_home == home) - at_person
    known = (roster >= 0) & (home >= 0)
    out = np.zeros(len(pairs), dtype=np.int8)
    out[known & (anywhere > 0)] = code("household", "contradicted")
    out[known & (support > 0)] = code("household", "supported")
    out[(roster >= 0) & (at_person > 0)] = code("household", "taken")
    return out


def household_pairs(encoded: Encoded, linked: Pairs) -> Pairs:
    """More candidates of the records without a sure one: every member of the household to which another member of the
    record's household was linked."""
    rosters, people = encoded.records.rows["household"], encoded.people.side.rows
    homes = np.where(people["live"], people["household"], -1)
    roster, home = rosters[linked >> 32], homes[linked & 0xFFFFFFFF]
    both = (roster >= 0) & (home >= 0)
    ties = pl.DataFrame({"roster": roster[both], "home": home[both]}).unique(maintain_order=True)
    placed = np.zeros(len(rosters), dtype=np.bool_)
    placed[linked >> 32] = True
    to_home = _join(ties["roster"].to_numpy(), np.where(placed, -1, rosters))
    wanted = ties["home"].to_numpy()[to_home & 0xFFFFFFFF]
    members = _join(homes, wanted)
    found: Pairs = (to_home >> 32)[members >> 32] << 32 | (members & 0xFFFFFFFF)
    return found


def _join(left: Rows, right: Rows) -> Pairs:
    """Pairs right row << 32 | left row of equal values; −1 and values of more than LOOSE_CAP left rows join nothing."""
    wanted = np.unique(right[right >= 0])
    place = np.minimum(np.searchsorted(wanted, left), max(len(wanted) - 1, 0))
    rows = np.flatnonzero((left >= 0) & (wanted[place] == left)) if len(wanted) else np.zeros(0, dtype=np.int64)
    order = rows[np.argsort(left[rows], kind="stable")]
    ordered = left[order]
    asking = np.flatnonzero(right >= 0)
    low = np.searchsorted(ordered, right[asking], side="left")
    size = np.searchsorted(ordered, right[asking], side="right") - low
    asking, low, size = (part[size <= LOOSE_CAP] for part in (asking, low, size))
    offset = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    found: Pairs = np.repeat(asking, size) << 32 | order[np.repeat(low, size) + offset]
    return found


def _own(certain: Rows, target: Rows, records: Rows) -> Rows:
    """The people row each record itself is linked to, −1 where it is not."""
    table = np.full(int(records.max(initial=-1)) + 1, -1, dtype=np.int64)
    inside = certain < len(table)
    table[certain[inside]] = target[inside]
    return table[records]


@compiled
def _count(left: Rows, right: Rows, ask_left: Rows, ask_right: Rows) -> Rows:
    """How often each asked pair of values occurs among the given ones, which have no −1."""
    size = table_size(len(left))
    known, times = np.full(size, NONE, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for place in range(len(left)):
        pair = mixed(left[place], right[place])
        slot = _slot(known, pair)
        known[slot] = pair
        times[slot] += 1
    out = np.zeros(len(ask_left), dtype=np.int64)
    for place in range(len(ask_left)):
        if ask_left[place] >= 0 and ask_right[place] >= 0:
            out[place] = times[_slot(known, mixed(ask_left[place], ask_right[place]))]
    return out


@inlined
def _slot(known: Hashes, value: Int) -> Int:
    """Where a hash table has a value, or where it would come to stand."""
    slot = value & (len(known) - 1)
    while known[slot] >= 0 and known[slot] != value:
        slot = (slot + 1) & (len(known) - 1)
    return slot
