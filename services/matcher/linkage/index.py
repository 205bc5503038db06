"""The people a record can be, encoded once and kept: rows, names, look-up tables and the ids beside them.

A change of some people adds their rows and marks the old ones dead; the tables of those who did not change stay. What
comes out equals an index made anew from all people: a test holds the two together.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl

from matcher.linkage.block import Tables, tables
from matcher.linkage.cells import Hashes, hashes
from matcher.linkage.clean import Cleaned, clean
from matcher.linkage.doubts import Warned, oddities
from matcher.linkage.letters import LETTER
from matcher.linkage.rows import NAME, PLACES, ROW, Names, Rows, Side, counted, merged, side_of

PARTS: Final = 6
LAYOUT: Final = 1  # another number whenever stored columns come to mean something else
MOST_NEW: Final = 0.1  # share of rows outside the main tables at which these are made anew


class IndexStale(ValueError):
    """A stored index of another layout: it has to be made anew."""


@dataclass(frozen=True)
class PeopleIndex:
    """Everybody a record can be. `ids` may repeat; `main` holds the rows before `first_new`, `more` the others."""

    side: Side
    main: Tables
    more: Tables
    first_new: int
    people: int  # distinct ids among the live rows
    keys: Hashes  # of the ids: order that hangs on nothing but themselves

    @classmethod
    def of(cls, people: pl.DataFrame, areas: pl.DataFrame | None = None) -> "PeopleIndex":
        """The index of an IDENTITY frame with text as sent. `areas`: see `clean`."""
        return cls.made(clean(people, areas))

    @classmethod
    def made(cls, cleaned: Cleaned) -> "PeopleIndex":
        """The index of cleaned people."""
        return cls._over(side_of(cleaned))

    @classmethod
    def _over(cls, side: Side) -> "PeopleIndex":
        side = replace(side, names=counted(side.names, side.rows))
        count = len(side)
        main, more = tables(side.rows, side.names), tables(side.rows, side.names, count)
        return cls(side, main, more, count, _people(side.rows), hashes(side.ids))

    def __len__(self) -> int:
        return len(self.side)

    @cached_property
    def odd(self) -> list[Warned]:
        """What is odd of these people as a whole (see `doubts`)."""
        return oddities(self.side, "人员")

    def changed(self, gone: pl.Series, new: pl.DataFrame, areas: pl.DataFrame | None = None) -> "PeopleIndex":
        """Without the people whose ids are in `gone`, and with those of `new` (IDENTITY); a person who changed is in
        both. Rows of the dead stay until the tables are made anew."""
        rows = self.side.rows.copy()
        rows["live"] &= ~self.side.ids.is_in(gone.implode()).to_numpy()
        side = merged(replace(self.side, rows=rows), side_of(clean(new, areas)))
        if len(side) - self.first_new > MOST_NEW * len(side) or (~side.rows["live"]).sum() > MOST_NEW * len(side):
            return PeopleIndex._over(_living(side))
        side = replace(side, names=counted(side.names, side.rows))
        more = tables(side.rows, side.names, self.first_new)
        return PeopleIndex(side, self.main, more, self.first_new, _people(side.rows), hashes(side.ids))

    def dump(self) -> list[bytes]:
        """Everything but the tables (they are made anew faster than they are read), in parts, for `load`."""
        side = self.side if self.side.rows["live"].all() else _living(self.side)
        ids = io.BytesIO()
        pl.DataFrame({"id": side.ids}).write_ipc(ids, compression="lz4")
        arrays = (side.rows, side.names.entries, side.names.letters, side.names.table)
        return [_mark(), ids.getvalue(), *(array.tobytes() for array in arrays)]

    @classmethod
    def load(cls, parts: Sequence[bytes | bytearray]) -> "PeopleIndex":
        """The index `dump` gave. Raises IndexStale where it was written by another layout."""
        if len(parts) != PARTS or parts[0] != _mark():
            raise IndexStale("the stored people were encoded by another version")
        ids = pl.read_ipc(io.BytesIO(parts[1]))["id"]
        kinds = (ROW, NAME, LETTER, np.dtype(np.int32))
        rows, entries, letters, table = (
            _writable(np.frombuffer(part, dtype=kind)) for part, kind in zip(parts[2:], kinds, strict=True)
        )
        return cls._over(Side(ids, rows, Names(entries, letters, table, np.zeros((PLACES, 1)), 0.0)))


def _mark() -> bytes:
    """What a stored index must begin with: the layout of its columns."""
    return repr((LAYOUT, ROW.descr, NAME.descr, LETTER.descr)).encode()


def _writable(array: np.ndarray) -> np.ndarray:
    """Compiled functions take arrays that may be written to, and no others."""
    return array if array.flags.writeable else array.copy()


def _people(rows: Rows) -> int:
    return int(np.count_nonzero(np.bincount(rows["person"][rows["live"]])))


def _living(side: Side) -> Side:
    keep = np.flatnonzero(side.rows["live"])
    return replace(side, ids=side.ids.gather(keep), rows=side.rows[keep].copy())
