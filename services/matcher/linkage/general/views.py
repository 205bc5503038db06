"""Ways to look at a text that a model names: a few steps, one after the other, over a column's distinct values."""

from collections.abc import Callable
from typing import Final

import polars as pl


def viewed(values: pl.Series, steps: tuple[str, ...]) -> pl.Series:
    """What each text becomes; null where a step leaves nothing.

    `slice:FROM:COUNT` counts letters from 1; `extract:REGEX` is what matches first, empty where nothing does; `filled`
    makes the empty null; `date` is a date written year-month-day, in eight digits with dashes, null for any other text.
    """
    for step in steps:
        values = _step(values, step)
    return values


STEPS: Final[dict[str, Callable[[pl.Series], pl.Series]]] = {
    "lower": lambda values: values.str.to_lowercase(),
    "upper": lambda values: values.str.to_uppercase(),
    "trim": lambda values: values.str.strip_chars(" "),
    "filled": lambda values: values.set(values == "", None),
    "date": lambda values: values.str.to_date("%Y-%m-%d", strict=False).cast(pl.String),
}


def _step(values: pl.Series, step: str) -> pl.Series:
    name, _, rest = step.partition(":")
    if name == "slice":
        start, _, count = rest.partition(":")
        return values.str.slice(int(start) - 1, int(count))
    if name == "extract":
        found = values.str.extract(rest, 0)
        return found.set(found.is_null() & values.is_not_null(), "")
    return STEPS[name](values)
