"""Hash tables of the compiled loops against the plain way to say the same."""

import sys
from collections import Counter

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from matcher.linkage.block import KEYS, asked, key_of, tables
from matcher.linkage.clean import clean
from matcher.linkage.households import _count
from matcher.linkage.kernel import compiled, fetch, lent
from matcher.linkage.monotone import falling
from matcher.linkage.rows import side_of
from tests.matcher.linkage.builders import frame, village

GIVEN, ASKED = st.integers(0, 5), st.integers(-1, 5)


def test_every_row_is_found_by_each_of_its_keys_and_by_no_other() -> None:
    side = side_of(clean(frame(*village(300))))
    first, room = 100, np.empty(1_000, dtype=np.int64)
    made = tables(side.rows, side.names, first)
    for key in range(len(KEYS)):
        bearers: dict[int, set[int]] = {}
        for row in range(len(side)):
            name = side.names.entries[max(side.rows[row]["name"], 0)]
            for variant in range(2):
                bearers.setdefault(int(key_of(key, variant, side.rows[row], name)), set()).add(row)
        for value in bearers.keys() - {-1}:
            many = asked(value, key, made, side.rows, room)
            assert {(int(found) >> 4, int(found) & 15) for found in room[:many]} == {
                (row, key) for row in bearers[value] if row >= first
            }


def test_a_bucket_tells_no_more_than_there_is_room_for_and_none_of_the_dead() -> None:
    side = side_of(clean(frame(*(row | {"id": f"P{n}"} for n, row in enumerate(village(1) * 9)))))
    made, value = tables(side.rows, side.names), key_of(0, 0, side.rows[0], side.names.entries[0])
    assert asked(value, 0, made, side.rows, np.empty(5, dtype=np.int64)) == 5
    side.rows["live"][:3] = False
    assert asked(value, 0, made, side.rows, np.empty(9, dtype=np.int64)) == 6


@settings(deadline=None)  # the first example compiles
@given(st.lists(st.tuples(GIVEN, GIVEN)), st.lists(st.tuples(ASKED, ASKED)))
def test_pairs_of_values_are_counted(given_: list[tuple[int, int]], wanted: list[tuple[int, int]]) -> None:
    known = Counter(given_)
    pairs, ask = (np.array(part, dtype=np.int64).reshape(-1, 2) for part in (given_, wanted))
    counts = _count(pairs[:, 0].copy(), pairs[:, 1].copy(), ask[:, 0].copy(), ask[:, 1].copy())
    assert counts.tolist() == [known[pair] if min(pair) >= 0 else 0 for pair in wanted]


@given(st.lists(st.tuples(st.floats(0.01, 10), st.floats(0.01, 10)), min_size=1, max_size=9))
def test_pooling_neighbours_is_isotonic_regression(told: list[tuple[float, float]]) -> None:
    values, weights = (np.array(column) for column in zip(*told, strict=True))
    wanted = isotonic_regression(values, weights=weights, increasing=False).x
    np.testing.assert_allclose(falling(values, weights), wanted, rtol=1e-9)


@compiled
def _sum_of_lent(parts: tuple[tuple[np.ndarray, np.ndarray], int]) -> int:
    (left, right), factor = lent(parts)
    total = 0
    for place in range(len(left)):
        fetch(right, place + 1)
        total += left[place] * right[place] * factor
    return total


def test_lent_arrays_hold_what_they_held_and_keep_their_owners() -> None:
    left, right = np.arange(5, dtype=np.int64), np.arange(5, dtype=np.int64) + 1
    owners = sys.getrefcount(left), sys.getrefcount(right)
    assert _sum_of_lent(((left, right), 2)) == 2 * sum(n * (n + 1) for n in range(5))
    assert (sys.getrefcount(left), sys.getrefcount(right)) == owners
    assert pl.Series(left).to_list() == [0, 1, 2, 3, 4]
