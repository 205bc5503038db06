"""What a test of a layout asks of a file that was read."""

import json
from typing import Any

import polars as pl

from matcher.feeds.facts import facts_of
from matcher.feeds.read import Reading, check_columns, read
from tests.matcher.feeds.layouts import feed


def reading(layout: str, content: bytes, name: str = "a.xlsx") -> Reading:
    """The file read; every row has one outcome, and the door says the same columns as the reader."""
    result = read(content, feed(layout), name, "b1")
    assert sum(result.counts.values()) == result.rows.height
    assert result.rows["line"].n_unique() == result.rows.height
    assert set(check_columns(content, feed(layout), name)) <= set(result.columns.values())
    return result


def people(result: Reading, *columns: str) -> list[tuple[Any, ...]]:
    """The records in the order of the file: those columns."""
    return result.records.sort("line").select(columns or ("name", "id_number")).rows()


def facts(result: Reading, layout: str, *columns: str) -> list[tuple[Any, ...]]:
    """What the rows state."""
    return facts_of(result.records, feed(layout), "b1").select("line", "kind", *columns).rows()


def codes(result: Reading, line: int) -> set[str]:
    """The issues of one row."""
    return {issue["code"] for issue in issues(result, line)} - {"id-area-unknown"}


def issues(result: Reading, line: int) -> list[dict[str, Any]]:
    found = result.rows.filter(pl.col("line") == line)["issues"].item()
    return list(json.loads(found))
