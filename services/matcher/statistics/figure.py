"""What a statistic is: a name, a definition a reader can hold it to, typed columns, rows and a total.

Every figure over an area has one row per immediate child (the townships of a county, the villages of a township), all
of them, the empty ones too: a township missing from a table reads as a township without a problem. What nobody could
place more closely stands in a row of its own under the area's own code, so that the rows add up to the total.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from kit.scope import NATION, prefix
from matcher.statistics.ground import Ground

Kind = Literal["text", "count", "share", "days", "date", "number"]  # a number counts nobody
Asks = Literal["as_of", "since"]
OWN = "（本级）"  # what lies in the area itself and in none below it: a lead whose township nobody knows
_BELOW = {0: 2, 2: 4, 4: 6, 6: 9, 9: 12, 12: 12}  # leading digits of an area → those of the divisions below it


@dataclass(frozen=True)
class Measure:
    """A column of a statistic."""

    name: str
    title: str
    kind: Kind = "count"


@dataclass(frozen=True)
class Figures:
    """The figures themselves; `total` is None where a sum would say nothing."""

    rows: Sequence[Mapping[str, Any]]
    total: Mapping[str, Any] | None


@dataclass(frozen=True)
class Statistic:
    """A statistic: what it counts in words that can be checked, its columns, and how it is counted."""

    name: str
    title: str
    definition: str
    columns: Sequence[Measure]
    build: Callable[[Ground], Figures]
    people: bool = True  # it counts people; of deliveries small numbers tell of nobody
    asks: tuple[Asks, ...] = ()  # by what it can be asked; without any it is of now alone


AREA = (Measure("area", "区划代码", "text"), Measure("area_name", "区划", "text"))


def child_width(area: str) -> int:
    """How many leading digits tell the divisions directly below a 12-digit area from each other."""
    return _BELOW[len(_prefix(area))]


def child(column: pl.Expr, area: str) -> pl.Expr:
    """The division below `area` a 12-digit code lies in; the area itself where none is named."""
    return column.str.slice(0, child_width(area)).str.pad_end(12, "0")


def children(places: pl.DataFrame, area: str) -> dict[str, str]:
    """Code → name of the divisions directly below, and of the area itself. `places`: code, name; a village has none."""
    code = pl.col("code")
    inside = places.filter(code.str.starts_with(_prefix(area)) & (child(code, area) == code))
    return dict(inside.sort("code").select("code", "name").iter_rows())


def by_area(
    counts: Sequence[pl.DataFrame], measures: Sequence[Measure], area: str, places: pl.DataFrame
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows of the divisions below an area, and their sum.

    `counts`: frames with `area` (a division below, or the area itself) and some of the measures, one row per area. A
    measure none of the frames knows of is null, not nought.
    """
    names = children(places, area)
    told = {column for frame in counts for column in frame.columns}
    found: dict[str, dict[str, Any]] = {code: {} for code in names if code != area}
    for frame in counts:
        for row in frame.iter_rows(named=True):
            found.setdefault(row["area"], {}).update(row)
    rows = [
        {
            "area": code,
            "area_name": names.get(code, code) + (OWN if code == area else ""),
            **{one.name: values.get(one.name, 0 if one.name in told else None) for one in measures},
        }
        for code, values in sorted(found.items())
    ]
    total = {one.name: _sum(rows, one.name) if one.name in told else None for one in measures}
    return rows, total


def _sum(rows: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(int(row[name]) for row in rows)


def _prefix(area: str) -> str:
    return "" if area == NATION else prefix(area)
