"""Marks between two texts: the fewest, and such that they can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from kit.differing import CHANGED, EXTRA, LONGEST, SAME, SWAPPED, Run, marks, runs

TEXTS = st.text("马小晓英12", max_size=9)
SHORT = {SAME: ".", CHANGED: "c", EXTRA: "e", SWAPPED: "s"}


def drawn(one: str, other: str) -> tuple[str, str]:
    found = marks(one, other)
    return "".join(SHORT[kind] for kind in found.one), "".join(SHORT[kind] for kind in found.other)


@pytest.mark.parametrize(
    ("one", "other", "ours", "theirs"),
    [
        ("马小英", "马晓英", ".c.", ".c."),
        ("阿依古丽", "阿古丽", ".e..", "..."),
        ("1950-01-01", "1950-01-10", "........ss", "........ss"),
        ("张万林", "李秀英", "ccc", "ccc"),
        ("", "马", "", "e"),
        ("", "", "", ""),
        ("柳树村3组", "青石镇柳树村3组", ".....", "eee....."),
    ],
)
def test_what_is_marked(one: str, other: str, ours: str, theirs: str) -> None:
    assert drawn(one, other) == (ours, theirs)


@given(TEXTS, TEXTS)
def test_every_character_has_its_mark_and_the_fewest_are_set(one: str, other: str) -> None:
    found = marks(one, other)
    assert (len(found.one), len(found.other)) == (len(one), len(other))
    assert found.one.count(CHANGED) == found.other.count(CHANGED)
    assert found.one.count(SWAPPED) == found.other.count(SWAPPED)
    extras = found.one.count(EXTRA) + found.other.count(EXTRA)
    assert found.one.count(CHANGED) + found.one.count(SWAPPED) // 2 + extras == OSA.distance(one, other)


@given(TEXTS, TEXTS)
def test_what_is_not_marked_says_the_same_and_what_changed_places_is_the_same_backwards(one: str, other: str) -> None:
    found = marks(one, other)

    def only(text: str, kinds: tuple[str, ...], kind: str) -> str:
        return "".join(letter for letter, mark in zip(text, kinds, strict=True) if mark == kind)

    assert only(one, found.one, SAME) == only(other, found.other, SAME)
    ours, theirs = only(one, found.one, SWAPPED), only(other, found.other, SWAPPED)
    assert [ours[at : at + 2] for at in range(0, len(ours), 2)] == [
        theirs[at : at + 2][::-1] for at in range(0, len(theirs), 2)
    ]


@given(TEXTS, TEXTS)
def test_runs_are_the_text_again_with_a_gap_wherever_the_other_has_more(one: str, other: str) -> None:
    found = marks(one, other)
    shown = runs(one, found.one, found.other)
    assert "".join(run.text for run in shown) == one
    assert all((run.text == "") == (run.kind == "gap") for run in shown)
    assert any(run.kind == "gap" for run in shown) == (EXTRA in found.other)


def test_a_gap_stands_where_the_other_has_more_and_masked_characters_take_the_marks() -> None:
    found = marks("阿古丽", "阿依古丽")
    assert runs("阿*丽", found.one, found.other) == [Run("阿", SAME), Run("", "gap"), Run("*丽", SAME)]
    found = marks("马英", "马英子")
    assert runs("马英", found.one, found.other) == [Run("马英", SAME), Run("", "gap")]


def test_texts_too_long_for_a_table_are_replaced_as_a_whole_between_what_they_share() -> None:
    found = marks("甲" + "a" * (LONGEST + 1) + "乙", "甲" + "b" * 3 + "乙")
    assert found.one == (SAME, *[CHANGED] * 3, *[EXTRA] * (LONGEST - 2), SAME)
    assert found.other == (SAME, *[CHANGED] * 3, SAME)
