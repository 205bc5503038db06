"""One number for all that a row says: an order of rows that hangs on nothing but themselves.

Ids tell when a delivery came; what must be the same whatever came first is ordered by this.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.rows import Side

Contents = NDArray[np.uint64]
# Columns of a row that hang on what it says alone; its name stands in a table of its own.
_SAID: Final = (
    *("head", "tail", "phone", "township", "village", "group", "house", "household", "birth_stated", "ethnic"),
    *("sound", "upgraded", "sex_stated"),
)
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)


def contents(side: Side, rows: NDArray[np.int64] | None = None) -> Contents:
    """A number of all that each row says (of those in `rows`, if given); the order of bits is that of no field."""
    said = side.rows if rows is None else side.rows[rows]
    name = said["name"]
    total: Contents = np.where(name >= 0, side.names.entries["full"][np.maximum(name, 0)], -1).astype(np.uint64)
    for column in _SAID:
        total = (total ^ said[column].astype(np.uint64)) * _ODD
        total ^= total >> np.uint64(29)
    return total
