"""Agreement of two cleaned names, computed once per distinct pair of names.

Clerks mishear (same or near sound), misread (look-alike), drop or add a character, write 小名 or 某氏, and spell names
of minorities after their own ear. Siblings share the surname and often a generation character: one other character is
not a typing error but another person, unless the two characters sound or look alike.
"""

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from matcher.linkage.encode import Codes, Names
from matcher.linkage.levels import Levels, code
from matcher.linkage.sounds import look_alike

ALIAS = np.array([ord(letter) for letter in "小阿老尕大"], dtype=np.uint32)
SHI = ord("氏")
WILD = np.array([ord(letter) for letter in "?？□■*"], dtype=np.uint32)
Table = NDArray[np.uint32]
Rows = NDArray[np.int64]
Lengths = tuple[NDArray[np.int16], NDArray[np.int16]]


def name_levels(names: Names, left: Codes, right: Codes) -> Levels:
    """Levels of pairs of name codes; −1 = missing."""
    out = np.zeros(len(left), dtype=np.int8)
    both = (left >= 0) & (right >= 0)
    same = both & (left == right)
    out[same] = names.rarity[left[same]] + (code("name", "equal-1") - 1)
    rest = np.flatnonzero(both & ~same)
    if not len(rest):
        return out
    packed = left[rest].astype(np.int64) << 32 | right[rest]
    distinct, inverse = np.unique(packed, return_inverse=True)
    out[rest] = _unequal(names, distinct >> 32, distinct & 0xFFFFFFFF)[inverse]
    return out


def _unequal(names: Names, left: Rows, right: Rows) -> Levels:
    """Levels of distinct pairs of different names: from the weakest agreement to the strongest, later ones win."""
    a, b = names.characters[left], names.characters[right]
    wild = np.isin(a, WILD) | np.isin(b, WILD)
    different = (a != b) & ~(wild & (a != 0) & (b != 0))
    silent = _silent(names, left, right) | ~different
    near = silent | (names.near_sounds[left] == names.near_sounds[right])
    lengths = names.length[left], names.length[right]
    same_length = lengths[0] == lengths[1]
    out = np.where(silent[:, 0], code("name", "surname"), code("name", "differs")).astype(np.int8)
    hard = (different & ~near).sum(axis=1)
    out[same_length & (hard == 1) & (lengths[0] >= 3)] = code("name", "one-other")
    out[_variant(names, left, right)] = code("name", "variant")
    out[_alias(a, b, lengths)] = code("name", "alias")
    out[_moved(a, b, lengths)] = code("name", "moved")
    out[_alike(a, b, different & ~near, same_length)] = code("name", "look-alike")
    out[same_length & near.all(axis=1)] = code("name", "near-sound")
    rarity = np.maximum(names.rarity[left], names.rarity[right])
    sound = same_length & silent.all(axis=1)
    out[sound] = np.where(rarity[sound] <= 2, code("name", "sound-1"), code("name", "sound-2"))
    return out


def _alike(a: Table, b: Table, hard: NDArray[np.bool_], same_length: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Names whose characters each sound alike or look alike, no more than two of them differing to the ear."""
    count = hard.sum(axis=1)
    rows = np.flatnonzero(same_length & (count >= 1) & (count <= 2))
    row, place = np.nonzero(hard[rows])
    packed = a[rows[row], place].astype(np.uint64) << np.uint64(32) | b[rows[row], place]
    distinct, inverse = np.unique(packed, return_inverse=True)
    first, second = (distinct >> np.uint64(32)).astype(np.uint32), (distinct & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    alike = look_alike(first, second)[inverse]
    out = np.zeros(len(a), dtype=np.bool_)
    out[rows] = np.bincount(row, weights=~alike, minlength=len(rows)) == 0
    return out


def _silent(names: Names, left: Rows, right: Rows) -> NDArray[np.bool_]:
    """Where two characters share a reading."""
    first, second = names.sounds[left], names.sounds[right]
    alike: NDArray[np.bool_] = first == second
    alike |= (names.other_sounds[left] == second) | (first == names.other_sounds[right])
    return alike


def _moved(a: Table, b: Table, lengths: Lengths) -> NDArray[np.bool_]:
    """One character more on one side, or the same characters in another order."""
    length_a, length_b = lengths
    out: NDArray[np.bool_] = (
        (length_a == length_b) & (length_a >= 2) & (np.sort(a, axis=1) == np.sort(b, axis=1)).all(axis=1)
    )
    rows = np.flatnonzero((np.abs(length_a - length_b) == 1) & (np.minimum(length_a, length_b) >= 2))
    swap = length_a[rows] > length_b[rows]
    short = np.where(swap[:, None], b[rows], a[rows])
    long = np.where(swap[:, None], a[rows], b[rows])
    head = np.cumprod(short == long, axis=1).sum(axis=1)  # ends at the gap: beyond it the longer one is shifted by one
    shifted = np.concatenate([long[:, 1:], np.zeros((len(rows), 1), dtype=np.uint32)], axis=1)
    past = np.arange(a.shape[1])[None, :] >= head[:, None]
    out[rows] = ((short == shifted) | ~past).all(axis=1)
    return out


def _alias(a: Table, b: Table, lengths: Lengths) -> NDArray[np.bool_]:
    """马小永 for 马训永, 马小 for 马训永, 王氏 and 张王氏 for a woman née 王."""
    out = np.zeros(len(a), dtype=np.bool_)
    for short, full, length, other in ((a, b, *lengths), (b, a, *lengths[::-1])):
        last_short = short[np.arange(len(short)), np.maximum(length - 1, 0)]
        last_full = full[np.arange(len(full)), np.maximum(other - 1, 0)]
        pet = (short[:, 0] == full[:, 0]) & (length >= 2)
        out |= pet & np.isin(short[:, 1], ALIAS) & ((last_short == last_full) | (length == 2)) & (length <= 3)
        out |= pet & (length <= 3) & np.isin(last_short, ALIAS) & (short[:, 1] == full[:, 1])
        wife = (last_short == SHI) & (length >= 2) & (length <= 3)
        out |= wife & ((short[:, 0] == full[:, 0]) | ((length == 3) & (short[:, 1] == full[:, 0])))
    return out


def _variant(names: Names, left: Rows, right: Rows) -> NDArray[np.bool_]:
    """One foreign name spelled twice: 尤素福·达吾德 and 优素夫达五, or one of its segments alone."""
    foreign = names.foreign
    out: NDArray[np.bool_] = (foreign[left] == foreign[right]) & (foreign[left] > 0)
    shorter = np.minimum(names.length[left], names.length[right])
    rows = np.flatnonzero((np.maximum(names.length[left], names.length[right]) >= 4) & (shorter >= 2) & ~out)
    spelled = names.spelled
    ours = [spelled[place] for place in left[rows].tolist()]
    theirs = [spelled[place] for place in right[rows].tolist()]
    out[rows] = cpdist(ours, theirs, scorer=fuzz.ratio, score_cutoff=68) > 0
    part = cpdist(ours, theirs, scorer=fuzz.partial_ratio, score_cutoff=95) > 0
    out[rows] |= part & (shorter[rows] >= 3)
    return out
