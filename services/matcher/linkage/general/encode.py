"""Cleaned columns as numbers: both sides share one dictionary a column, so that equal values have equal codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import jellyfish
import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage.general.model import PART, GeneralModel
from matcher.linkage.general.views import viewed

Codes = NDArray[np.int32]  # −1 = missing
NONE: Final = np.int32(-1)


@dataclass(frozen=True)
class Coded:
    """One column: its distinct values in order, and each row's place among them."""

    values: pl.Series
    ours: Codes
    theirs: Codes

    @cached_property
    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How many rows of each side bear each value."""
        size = len(self.values)
        ours, theirs = (np.bincount(side[side >= 0], minlength=size) for side in (self.ours, self.theirs))
        return ours, theirs

    @cached_property
    def sounds(self) -> pl.Series:
        """How each value sounds in English; null where nothing sounds."""
        return pl.Series([jellyfish.metaphone(value) or None for value in self.values.to_list()], dtype=pl.String)


@dataclass(frozen=True)
class Sides:
    """Two files (or one, held against itself), in the order of their ids, as codes."""

    our_ids: pl.Series
    their_ids: pl.Series
    columns: Mapping[str, Coded]
    within: bool

    @property
    def opponents(self) -> float:
        """How many of our rows each of theirs is held against, on average."""
        count = len(self.our_ids)
        return max((count - 1) / 2 if self.within else count, 1.0)


def encode(people: pl.DataFrame, records: pl.DataFrame, *, within: bool) -> Sides:
    """Both cleaned files, sorted by all they say: the order in which rows came never matters. Columns that only one
    side has, or that are empty on one side, are left out: there is nothing to compare."""
    ours, theirs = (side.sort(sorted(side.columns, key=lambda name: name != "id")) for side in (people, records))
    both = [name for name in ours.columns if name in theirs.columns and name != "id"]
    told = [name for name in both if ours[name].count() and theirs[name].count()]
    columns = {name: code(ours[name], theirs[name]) for name in told}
    return Sides(ours["id"], theirs["id"], columns, within)


def code(ours: pl.Series, theirs: pl.Series) -> Coded:
    """Both sides' values by their places among the distinct ones, sorted."""
    distinct = pl.concat([ours, theirs]).drop_nulls().unique().sort()
    place = pl.int_range(len(distinct), dtype=pl.Int32, eager=True)

    def coded(side: pl.Series) -> Codes:
        if not len(distinct):
            return np.full(len(side), NONE)
        return side.replace_strict(distinct, place, default=None).fill_null(-1).cast(pl.Int32).to_numpy()

    return Coded(distinct, coded(ours), coded(theirs))


def key_columns(sides: Sides, model: GeneralModel) -> dict[str, tuple[Codes, Codes]]:
    """Each key part the files have columns for, as codes of both sides."""
    made = {}
    for part in sorted({part for key in model.keys for part in key}):
        found = PART.fullmatch(part)
        if found is None or found["column"] not in sides.columns:
            continue
        column = sides.columns[found["column"]]
        if found["other"]:
            if found["other"] in sides.columns:
                made[part] = _either(column, sides.columns[found["other"]])
        elif found["take"]:
            made[part] = _taken(column, found["take"])
        elif found["view"]:
            made[part] = _placed(column, viewed(column.values, model.views[found["view"]]))
        else:
            made[part] = column.ours, column.theirs
    return made


def _taken(column: Coded, take: str) -> tuple[Codes, Codes]:
    """Codes of a part of each value: its sound, its first (or last) letters, a date's year or its month and day."""
    values = column.values
    match take:
        case "sound":
            part = column.sounds
        case "year":
            part = values.str.head(4)
        case "year-month":
            part = values.str.head(6)
        case "month-day":
            part = values.str.tail(4)
            part = part.set(part.is_in(["0000", "0101"]), None)  # often the clerk's "unknown"
        case _:
            count = int(take)
            part = values.str.head(count) if count > 0 else values.str.tail(-count)
            part = part.set(values.str.len_chars() < abs(count), None)
    return _placed(column, part)


def _placed(column: Coded, part: pl.Series) -> tuple[Codes, Codes]:
    """Codes of both sides by what each distinct value became; null where it became nothing."""
    table = np.append(part.rank("dense").fill_null(0).cast(pl.Int32).to_numpy() - 1, NONE).astype(np.int32)
    return table[column.ours], table[column.theirs]


def _either(one: Coded, other: Coded) -> tuple[Codes, Codes]:
    """Codes of two columns' values in whichever order they stand: swapped names meet."""
    sides = []
    for a, b in ((one.ours, other.ours), (one.theirs, other.theirs)):
        pair = pl.DataFrame({"a": _text(one.values, a), "b": _text(other.values, b)})
        low, high = pl.min_horizontal("a", "b"), pl.max_horizontal("a", "b")
        sides.append(pair.select(pl.concat_str(low, pl.lit(" "), high, ignore_nulls=False)).to_series())
    coded = code(sides[0], sides[1])
    return coded.ours, coded.theirs


def _text(values: pl.Series, codes: Codes) -> pl.Series:
    """Values by code, null where missing."""
    return values.gather(pl.Series(codes).cast(pl.Int64).replace(-1, None))
