"""The first reading of any cell: width, protection, invisible marks, the words for nothing."""

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from china.text import on_distinct, plain, plain_column
from tests.china.tables import column, property_test


@pytest.mark.parametrize(
    "word", ["", " ", "无", "/", "-", "——", "0", "NULL", "null", "#N/A", "Ｎ/Ａ", "\u3000", '=""', "'"]
)
def test_words_for_nothing_are_nothing(word: str) -> None:
    assert plain(word) is None


@pytest.mark.parametrize("word", ["00123", "无锡", "O", "-1", "马"])
def test_words_that_say_something_are_kept(word: str) -> None:
    assert plain(word) == word


@property_test
@given(st.lists(st.text(max_size=10) | st.none(), max_size=10))
@example(["\x1c", '="0"', "\u200b无", "'''x", "\x85a"])
def test_the_column_agrees_with_the_single_form_on_any_text(values: list[str | None]) -> None:
    found = plain_column(column(values)).to_list()
    assert found == [plain(value) for value in values]
    assert "" not in found


def test_what_is_computed_per_distinct_value_comes_back_row_for_row() -> None:
    calls: list[int] = []

    def read(s: pl.Series) -> pl.DataFrame:
        calls.append(s.len())
        return (s + "!").alias("out").to_frame()

    found = on_distinct(column(["a", "b", None, "a", "a", "b", "a"]), read)
    assert found["out"].to_list() == ["a!", "b!", None, "a!", "a!", "b!", "a!"]
    assert calls == [2]
