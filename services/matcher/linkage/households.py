"""The second pass: who else of the record's household was found, and where.

If three members of a household in a feed are certainly the three members of one household we know, the fourth is
probably its fourth; and the person a sister was linked to is hardly the record's own. Both are evidence, weighed like
any other: support is as likely for a relative as for the person, so it never makes a relative a match.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage.block import LOOSE_CAP, Pairs, join
from matcher.linkage.encode import Encoded
from matcher.linkage.levels import Levels, code

Rows = NDArray[np.int64]


def household_levels(encoded: Encoded, pairs: Pairs, linked: Pairs) -> Levels:
    """Level of `household` for each pair, given the pairs (record << 32 | people row) taken for certain so far."""
    theirs, ours = pairs >> 32, pairs & 0xFFFFFFFF
    roster = encoded.records.household[theirs].astype(np.int64)
    home = encoded.people.household[ours].astype(np.int64)
    person = encoded.people.person[ours].astype(np.int64)
    certain, target = linked >> 32, linked & 0xFFFFFFFF
    c_roster = encoded.records.household[certain].astype(np.int64)
    certain, target, c_roster = (part[c_roster >= 0] for part in (certain, target, c_roster))
    c_home = encoded.people.household[target].astype(np.int64)
    c_person = encoded.people.person[target].astype(np.int64)
    own = _own(certain, target, theirs)
    own_home = np.where(own >= 0, encoded.people.household[np.maximum(own, 0)], -1)
    own_person = np.where(own >= 0, encoded.people.person[np.maximum(own, 0)], -1)
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
    """More candidates: every member of the household to which another member of the record's household was linked."""
    roster = encoded.records.household[linked >> 32].astype(np.int64)
    home = encoded.people.household[linked & 0xFFFFFFFF].astype(np.int64)
    both = (roster >= 0) & (home >= 0)
    ties = pl.DataFrame({"roster": roster[both], "home": home[both]}).unique(maintain_order=True)
    to_home, _ = join(ties["roster"].to_numpy(), encoded.records.household.astype(np.int64), LOOSE_CAP)
    wanted = ties["home"].to_numpy()[to_home & 0xFFFFFFFF]
    members, _ = join(encoded.people.household.astype(np.int64), wanted, LOOSE_CAP)
    found: Pairs = (to_home >> 32)[members >> 32] << 32 | (members & 0xFFFFFFFF)
    return found


def _own(certain: Rows, target: Rows, records: Rows) -> Rows:
    """The people row each record itself is linked to, −1 where it is not."""
    table = np.full(int(records.max(initial=-1)) + 1, -1, dtype=np.int64)
    inside = certain < len(table)
    table[certain[inside]] = target[inside]
    return table[records]


def _count(left: Rows, right: Rows, ask_left: Rows, ask_right: Rows) -> Rows:
    """How often each asked pair of codes occurs among the given pairs."""
    keys, counts = np.unique(left << 32 | right, return_counts=True)
    if not len(keys):
        return np.zeros(len(ask_left), dtype=np.int64)
    asked = ask_left << 32 | ask_right
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where((keys[place] == asked) & (ask_left >= 0) & (ask_right >= 0), counts[place], 0)
