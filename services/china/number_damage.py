"""What spreadsheets do to ID numbers, and how much of the damaged number can still be trusted.

A number stored as a spreadsheet's number keeps 15 significant digits and ends in 000; every eleventh of those still
passes the check, so the mark stays even on a valid one. A number that went through a binary floating-point column
elsewhere is a multiple of a power of two, up to 64 away: wrong in its last two or, in the provinces above 28, three
digits (the first 15 hold but for a rare carry). Scientific notation keeps what the
column's width showed.
"""

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from china.id_numbers import clean, clean_column, read, read_column

_SCIENTIFIC = r"^([1-9])(?:\.([0-9]+))?E\+?(1[47])$"
_scientific = re.compile(_SCIENTIFIC)
_DIGITS = r"^[0-9]{18}$"


@dataclass(frozen=True)
class Damage:
    """kind: ends-000 | float | scientific; `trusted`: the leading digits that survived."""

    kind: str
    trusted: str


def damage(text: str | None) -> Damage | None:
    """What a spreadsheet did to a number; None where nothing shows."""
    cleaned = clean(text)
    if cleaned is None:
        return None
    if match := _scientific.match(cleaned):
        shown = match[1] + (match[2] or "")
        # The last digit shown is rounded, unless the notation shows all fifteen digits a spreadsheet keeps.
        return Damage("scientific", shown[:15] if len(shown) >= 15 else shown[:-1])
    if not re.match(_DIGITS, cleaned):
        return None
    if cleaned.endswith("000"):
        return Damage("ends-000", cleaned[:15])
    found = read(cleaned)
    if found is not None and not found.valid and float(cleaned).is_integer() and int(float(cleaned)) == int(cleaned):
        return Damage("float", cleaned[:15])
    return None


def damage_column(s: pl.Series) -> pl.DataFrame:
    """`damage` over a text column: columns damage, trusted; rows as in `s`."""
    text = clean_column(s).alias("text")
    digits = text.str.contains(_DIGITS).fill_null(False)
    rows = digits.arg_true()
    numbers = text.gather(rows).cast(pl.Int64).to_numpy()
    survives = pl.Series(numbers == numbers.astype(np.float64).astype(np.int64), dtype=pl.Boolean)
    through_float = pl.Series([False]).new_from_index(0, len(text)).scatter(rows, survives)
    frame = pl.DataFrame({"text": text, "digits": digits, "float": through_float, "valid": read_column(text)["valid"]})
    parts = pl.col("text").str.extract_groups(_SCIENTIFIC)
    shown = parts.struct.field("1") + parts.struct.field("2").fill_null("")
    size = shown.str.len_chars()
    kind = (
        pl.when(shown.is_not_null())
        .then(pl.lit("scientific"))
        .when(pl.col("digits") & pl.col("text").str.ends_with("000"))
        .then(pl.lit("ends-000"))
        .when(pl.col("digits") & pl.col("float") & ~pl.col("valid"))
        .then(pl.lit("float"))
    )
    frame = frame.with_columns(
        damage=kind, shown=pl.when(size >= 15).then(shown.str.slice(0, 15)).otherwise(shown.str.slice(0, size - 1))
    )
    trusted = (
        pl.when(pl.col("damage") == "scientific")
        .then(pl.col("shown"))
        .when(pl.col("damage").is_not_null())
        .then(pl.col("text").str.slice(0, 15))
    )
    return frame.select("damage", trusted=trusted)
