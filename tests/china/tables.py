"""The tables of cases in `cases/*.yaml`: what stands in a cell, and what it means. Extend them without any code."""

from pathlib import Path
from typing import Any

import polars as pl

from tests.examples import examples
from tests.tables import table

property_test = examples(50)


def cases(name: str) -> list[dict[str, Any]]:
    """The rows of one table."""
    rows: list[dict[str, Any]] = table(Path(__file__).parent / "cases" / f"{name}.yaml")
    assert rows, f"no cases in {name}.yaml"
    return rows


def column(values: list[str | None]) -> pl.Series:
    """A text column."""
    return pl.Series(values, dtype=pl.String)
