"""Codes of divisions in files: as written, where they lie today, and whether that is the sender's."""

import polars as pl

from kit.auth import Caller
from kit.scope import sees


def codes_of(cells: pl.Series) -> pl.Series:
    """Twelve digits of each cell; null where it holds no code."""
    return cells.str.extract(r"^(\d{15}|\d{12}|\d{9}|\d{6})$").str.slice(0, 12).str.pad_end(12, "0")


def today(codes: pl.Series, caller: Caller) -> pl.Series:
    """A code of before as the one in its place; one that was parted among several stays what was said, and so do all
    for whoever still calls for an area that ended."""
    if caller.area not in caller.lineage.placed(caller.area):
        return codes
    return codes.replace({code: caller.lineage.one(code) for code in codes.drop_nulls().unique()})


def outside(codes: pl.Series, caller: Caller) -> pl.Series:
    """Which codes, as written, lie outside the caller's area, as divisions stand today."""
    mine = [code for code in codes.drop_nulls().unique() if sees(caller, code)]
    return codes.is_not_null() & ~codes.is_in(sorted(mine))
