"""Rows of the linkage as columns that Spark can carry, and back: a row keeps its bytes, its name travels beside it.

Inside one process a row points at its name by place; between machines there is no place, so every row brings the entry
and the letters of its name, and names are told from one another by the hash of all their characters (`full`).
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from matcher.linkage.block import tables
from matcher.linkage.cells import coded, hashes
from matcher.linkage.encode import Encoded
from matcher.linkage.index import PeopleIndex
from matcher.linkage.letters import LETTER
from matcher.linkage.rows import NAME, PLACES, ROW, Names, Rows, Side

Int = NDArray[np.int64]
# What a row is carried as. `row`: its place among all of its side; `tie`: hash of its id; `full`: hash of its name, or
# −2 − row where it has none, so that no join brings the nameless together.
CARRIED: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("id", pa.string()),
        ("tie", pa.int64()),
        ("household", pa.int64()),
        ("village", pa.int64()),
        ("full", pa.int64()),
        ("said", pa.binary()),
        ("entry", pa.binary()),
        ("letters", pa.binary()),
    ]
)
_EMPTY: Final = np.zeros((PLACES, 1))


def ddl(schema: pa.Schema) -> str:
    """The schema in Spark's words."""
    kinds = {
        pa.int64(): "bigint",
        pa.int32(): "int",
        pa.string(): "string",
        pa.binary(): "binary",
        pa.bool_(): "boolean",
        pa.float64(): "double",
    }
    return ", ".join(f"`{field.name}` {kinds[field.type]}" for field in schema)


def carried(side: Side, places: Int) -> pa.RecordBatch:
    """The rows of a side as CARRIED; `places` says where each stands among all."""
    rows, names = side.rows, side.names
    named = rows["name"] >= 0
    at = np.maximum(rows["name"], 0)
    entries = names.entries[at].copy()
    length = np.where(named, entries["length"], 0).astype(np.int64)
    start = entries["start"].astype(np.int64)
    for told_elsewhere in ("start", "count", "rarity"):
        entries[told_elsewhere] = 0
    columns = [
        pa.array(places),
        side.ids.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.string()),
        pa.array(hashes(side.ids)),
        pa.array(rows["household"]),
        pa.array(rows["village"]),
        pa.array(np.where(named, entries["full"], -2 - places)),
        _cells(np.ascontiguousarray(rows), np.ones(len(rows), dtype=np.int64)),
        _cells(entries[named], named.astype(np.int64)),
        _cells(names.letters[_runs(start, length)], length),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=CARRIED)


def _runs(start: Int, length: Int) -> Int:
    """start[0] … start[0] + length[0] − 1, then those of the next."""
    before = np.cumsum(length) - length
    runs: Int = np.arange(length.sum()) + np.repeat(start - before, length)
    return runs


def _cells(items: NDArray[Any], many: Int) -> pa.Array:
    """Structured items as cells of bytes, so many to each."""
    ends = np.concatenate([[0], np.cumsum(many)]) * items.dtype.itemsize
    buffers = [None, pa.py_buffer(ends.astype(np.int32).tobytes()), pa.py_buffer(items.tobytes())]
    return pa.Array.from_buffers(pa.binary(), len(many), buffers)


def items_of(column: pa.ChunkedArray, kind: np.dtype[Any]) -> NDArray[Any]:
    """The items in the cells of a column, one after the other, to be written to."""
    return np.frombuffer(b"".join(column.to_pylist()), dtype=kind).copy()


def side_of(table: pa.Table) -> Side:
    """The side that these CARRIED columns tell, row for row; `count` and `rarity` of names too where they are given. A
    person's code is what `person` says, where there is such a column."""
    rows = items_of(table["said"], ROW)
    full = numbers(table, "full")
    told = coded(full)  # −2 − row counts as none
    rows["name"] = told.codes
    if "person" in table.column_names:
        rows["person"] = dense(numbers(table, "person"))
    first = table.select([name for name in ("entry", "letters", "count", "rarity") if name in table.column_names])
    return Side(pl.Series(_ids(table), dtype=pl.String), rows, names_of(first.take(told.first)))


def _ids(table: pa.Table) -> Sequence[str | None]:
    found: Sequence[str | None] = table["id"].to_pylist() if "id" in table.column_names else [None] * len(table)
    return found


def names_of(table: pa.Table) -> Names:
    """One entry for each row, its letters, and how many bear it and how rare it is where that is given."""
    entries, letters = items_of(table["entry"], NAME), items_of(table["letters"], LETTER)
    length = entries["length"].astype(np.int64)
    entries["start"] = np.cumsum(length) - length
    for column in ("count", "rarity"):
        if column in table.column_names:
            entries[column] = numbers(table, column)
    if not len(entries):  # one at least, so that a row without a name has something to point at
        entries = np.zeros(1, dtype=NAME)
    if not len(letters):
        letters = np.zeros(1, dtype=LETTER)
    return Names(entries, letters, np.full(16, -1, dtype=np.int32), _EMPTY.copy(), 0.0)


def numbers(table: pa.Table, column: str) -> Int:
    """A column of whole numbers without nulls."""
    values: Int = table[column].to_numpy().astype(np.int64)
    return values


def dense(values: Int) -> Int:
    """The values numbered in their order."""
    codes: Int = np.unique(values, return_inverse=True)[1].astype(np.int64)
    return codes


def beside(people: Side, keys: Int, records: Side) -> Encoded:
    """Two sides of a part, to be compared and decided: nothing can be looked up in it by key."""
    nothing = tables(people.rows[:0], people.names)
    everybody = len(np.unique(people.rows["person"]))
    return Encoded(PeopleIndex(people, nothing, nothing, len(people), everybody, keys), records)


def rows_of(count: int) -> Rows:
    """Rows that say nothing yet."""
    rows = np.zeros(count, dtype=ROW)
    rows["live"], rows["name"], rows["household"] = True, -1, -1
    return rows
