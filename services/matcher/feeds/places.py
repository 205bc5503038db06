"""Where a row stands in the file its sender made, and how that is said.

Every row of a delivery has a `line` of its own, by which records, links and reports name it. Mostly it is the row of
the spreadsheet. Where several sheets are one table, the lines of a sheet go on from those before it; where a row names
several people, the line is the row's times PARTS and the place of the person: 1703 is the third person of row 17.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

PARTS = 100  # more people than a row ever names: what keeps their lines apart, legibly
WHERE = ("sheet", "row", "part")  # where a row stands in the file


@dataclass(frozen=True)
class Place:
    """A row: its sheet (None where there is but one), its number there, and which of its people (None: it is one)."""

    sheet: str | None
    row: int
    part: int | None

    def in_words(self) -> str:
        """As a clerk would look for it."""
        sheet = f"工作表“{self.sheet}”" if self.sheet is not None else ""
        part = f"第 {self.part} 人" if self.part is not None else ""
        return f"{sheet}第 {self.row} 行{part}"


def place_of(line: int, understood: Mapping[str, Any]) -> Place:
    """Where line `line` stands, by what a batch keeps of how its file was understood (`sheets`, `people`)."""
    row, part = divmod(line, PARTS) if understood.get("people") else (line, None)
    sheets: Sequence[Mapping[str, Any]] = understood.get("sheets") or ()
    name = None
    if len(sheets) > 1:
        sheet = max((one for one in sheets if one["before"] < row), key=lambda one: int(one["before"]))
        name, row = sheet["name"], row - sheet["before"]
    return Place(name, row, part)


def places_of(frame: pl.DataFrame, lines: pl.Series) -> pl.Series:
    """In words, where each of `lines` stands. `frame`: rows of a delivery with line, sheet, row and part."""
    several = frame["sheet"].n_unique() > 1
    sheet = pl.format("工作表“{}”", "sheet") if several else pl.lit("")
    part = pl.when(pl.col("part").is_null()).then(pl.lit("")).otherwise(pl.format("第 {} 人", "part"))
    wanted = frame.filter(pl.col("line").is_in(lines.drop_nulls().unique().implode()))
    words = wanted.select("line", words=pl.format("{}第 {} 行{}", sheet, "row", part))
    return pl.DataFrame({"line": lines}).join(words, on="line", how="left", maintain_order="left")["words"]
