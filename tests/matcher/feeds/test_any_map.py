"""Whatever is sent as a map is a map or a refusal; whatever stands in a file, every row of it has one outcome."""

import copy
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.feeds.facts import facts_of
from matcher.feeds.feed import Feed, FeedColumnsWrong, FileUnreadable, load_feed
from matcher.feeds.mistakes import FeedMapWrong, read_map
from matcher.feeds.read import read
from matcher.feeds.trial import try_feed
from tests.examples import examples
from tests.matcher.feeds.layouts import book, csv, feed, layouts, number

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["name", "@yes-no", "@", "A", "people", "code", "2020"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value of a document."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


def read_or_refused(document: dict[str, Any]) -> Feed | list[str]:
    """The map, or the pointers of its mistakes."""
    try:
        return read_map(document, "some-feed", 2)
    except FeedMapWrong as refused:
        return [issue.pointer for issue in refused.errors]


@given(data=st.data())
@examples(150)
def test_any_map_is_read_or_refused_with_its_mistakes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(layouts())))
    document = copy.deepcopy(feed(name).model_dump(mode="json", exclude={"id", "version"}))
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(places(document)[1:]))
        part = document
        try:
            for key in way:
                part = part[key]
            part[last] = data.draw(JSON)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    told = read_or_refused(document)
    if isinstance(told, Feed):
        assert Feed.model_validate_json(told.model_dump_json()) == told
    else:
        assert told
        assert all(pointer.startswith("/") for pointer in told)


@pytest.mark.parametrize(
    "document", [{}, {"columns": None}, {"columns": [None]}, {"facts": {"a": 1}, "positions": [1]}]
)
def test_what_is_hardly_a_map_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(FeedMapWrong):
        read_map(document, "x", 1)


CELLS = st.sampled_from(
    [
        None,
        "",
        "马一",
        "马二",
        number(1),
        number(2),
        number(1) + "41B1",
        "甲镇",
        "全额",
        "一级",
        "无",
        'x"y',
        "12345",
        "合计",
    ]
)
HEADS = st.sampled_from(
    [
        "户主姓名",
        "户主身份证",
        "成员1姓名",
        "成员1身份证",
        "成员2",
        "乡镇街",
        "地址",
        "救助类型",
        "姓名",
        "证件号码",
        "别的",
        None,
    ]
)
SHEET = st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=6)


@given(
    layout=st.sampled_from(["农村低保", "城市低保", "特困人员", "残疾人"]),
    sheets=st.lists(st.tuples(st.lists(HEADS, min_size=6, max_size=6) | st.none(), SHEET), min_size=1, max_size=3),
    delimited=st.booleans(),
)
@examples(120)
def test_every_row_of_any_wide_or_headless_file_has_one_outcome_and_one_line(
    layout: str, sheets: list[tuple[list[str | None] | None, list[list[str | None]]]], delimited: bool
) -> None:
    pages = {f"镇{at}": [*([heads] if heads else []), *rows] for at, (heads, rows) in enumerate(sheets)}
    content = csv(pages["镇0"]) if delimited else book(pages)
    agreed = feed(layout)
    try:
        result = read(content, agreed, "a.csv" if delimited else "a.xlsx", "b1")
    except (FeedColumnsWrong, FileUnreadable):
        return
    assert sum(result.counts.values()) == result.rows.height == result.rows["line"].n_unique()
    assert result.records.height == result.counts["accepted"] + result.counts["accepted_with_warnings"]
    # Every row of every sheet that was read is there at least once.
    read_rows = sum(sheet.rows - sheet.skipped.title - sheet.skipped.header for sheet in result.sheets)
    passed = sum(one.skipped.blank + one.skipped.closing + one.skipped.repeated_header for one in result.sheets)
    assert result.rows.select("sheet", "row").n_unique() == read_rows - passed
    numbers = set(result.records["id_number"].drop_nulls())
    assert (
        not numbers - {cell for _, rows in sheets for line in rows for cell in line if cell} - set(agreed.known_headers)
    )
    facts_of(result.records, agreed, "b1")
    tried = try_feed(content, agreed, None)
    assert tried.rows == result.rows.height


def test_the_shipped_feeds_read_a_book_of_townships() -> None:
    agreed = load_feed("health-deaths")
    heads = ["姓名", "证件号码", "死亡日期"]
    sheets = {
        "甲镇": [heads, ["马一", number(1), "2021-01-01"], ["马一", number(1), "2021-01-01"]],
        "乙镇": [
            ["姓名", "死亡日期", "身份证号码"],
            ["马二", "2021-01-02", number(2)],
            ["马一", "2021-01-01", number(1)],
        ],
    }
    result = read(book(sheets), agreed, "a.xlsx", "b1")
    assert result.records.select("line", "name", "id_number", "died").rows() == [
        (2, "马一", number(1), "2021-01-01"),
        (5, "马二", number(2), "2021-01-02"),
    ]
    assert result.counts["duplicate_in_batch"] == 2
    issues = result.rows.filter(pl.col("line") == 6)["issues"].item()
    assert '"line":2' in issues
    assert "工作表“甲镇”第 2 行" in issues
