"""NDJSON, one object per line → text cells under the names the objects use, read in blocks."""

from dataclasses import dataclass

import orjson
import polars as pl

from kit.text_cells import columns_of, stacked
from kit.text_lines import lines_of
from kit.unreadable import Limits, TableUnreadable

_BLOCK = 20_000  # lines that stand as Python objects at a time


@dataclass(frozen=True)
class Objects:
    """Row i of `frame` is line i+1: blank lines stay as blank rows. `numeric` marks the cells that held a number."""

    frame: pl.DataFrame
    numeric: dict[str, pl.Series]
    names: tuple[str, ...]
    encoding: str


def read_ndjson(content: bytes, limits: Limits) -> Objects:
    """The objects of a file. Raises TableUnreadable."""
    lines = lines_of(content, limits)
    names: dict[str, None] = {}
    blocks = []
    for at in range(0, lines.text.len(), _BLOCK):
        objects = [_object(line, at + place) for place, line in enumerate(lines.text.slice(at, _BLOCK), 1)]
        for value in objects:
            if not names.keys() >= value.keys():
                names.update(dict.fromkeys(value))
        if len(names) > limits.columns:
            raise TableUnreadable("too-many-columns", limit=limits.columns)
        if len(names) * (at + len(objects)) > limits.cells:
            raise TableUnreadable("too-many-cells", limit=limits.cells)
        blocks.append(columns_of([[value.get(name) for name in names] for value in objects], limits))
    frame, numeric = stacked(blocks)
    return Objects(frame, numeric, tuple(names), lines.encoding)


def _object(line: str, number: int) -> dict[str, object]:
    try:
        value = orjson.loads(line) if line.strip() else {}
    except orjson.JSONDecodeError as error:
        raise TableUnreadable("json-line", line=number) from error
    if not isinstance(value, dict):
        raise TableUnreadable("json-line", line=number)
    return value
