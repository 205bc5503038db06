"""Letters that differ, what somebody typed, and the word a page bears: without any service."""

import pytest

from console import access_words
from console.marking import marked
from console.places import below, way_of
from console.services import lacking
from console.session import bears, masked
from console.typed import lines
from registry.access.store import SCOPES

NAMES = {
    "640499000000": "某县",
    "640499100000": "香山镇",
    "640499100201": "向阳村",
    "640499101000": "外镇",
    "640499101203": "外乡村",
}


@pytest.mark.parametrize(
    ("value", "at", "pieces"),
    [
        ("马友福", [2], [("马", False), ("友", True), ("福", False)]),
        ("640499", [1, 2, 6], [("64", True), ("049", False), ("9", True)]),
        ("马*福", [], [("马*福", False)]),
        ("", [1], []),
        (None, [], []),
    ],
)
def test_letters_are_marked_by_their_places(value: str | None, at: list[int], pieces: list[tuple[str, bool]]) -> None:
    assert marked(value, at) == pieces


def test_what_was_typed_is_shown_under_its_titles_and_without_what_pages_put_there() -> None:
    fields = [
        ("outcome_id", "1"), ("version", "3"), ("code", "09"), ("reason", "income"), ("refer_to", ""), ("case", "a"),
        ("case", "b"), ("how", "visit"), ("of_another_page", "几句话"),
    ]  # fmt: skip
    assert lines(fields, {"09": "09 不符合条件"}) == [
        ("核查结果", "09 不符合条件"),
        ("不符合的原因", "收入超标准"),
        ("选中的户", "2 户"),
        ("怎样核查", "入户"),
        ("填写的内容", "几句话"),
    ]


def test_the_word_looks_another_way_on_every_page_and_only_its_own_is_taken() -> None:
    word = "the-word-of-this-session"
    first, second = masked(word), masked(word)
    assert first != second
    assert word not in first + second
    assert bears(first, word)
    assert bears(second, word)
    for told in (None, "", "x", "é", word, masked("the-word-of-another-one"), first[:-4], object()):
        assert not bears(told, word)


def test_a_place_is_told_from_the_county_down_and_a_township_has_only_its_own() -> None:
    assert way_of(NAMES, "640499100201") == ["某县", "香山镇", "向阳村"]
    assert way_of(NAMES, "640499000000") == ["某县"]
    assert below(NAMES, "640499100000") == {"640499100201": "香山镇 向阳村"}


def test_every_scope_has_its_word_and_a_lack_of_any_is_told_by_it() -> None:
    assert set(access_words.SCOPES) == set(SCOPES)
    told = lacking("cases:read / registry:read")
    assert told.startswith("您的账号没有“查看台账”或“查看登记库”的权限")
