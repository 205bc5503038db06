"""The six-digit codes of GB/T 2260 through time: which were ever issued, what they were called, what followed them.

An ID number carries the code of its first registration for life, so a number is held against every code ever in
force, never against today's list. Source: `data/county_codes.csv`; years are whole years, a missing one is open.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from china.package_data import read_csv


@dataclass(frozen=True)
class County:
    """One name of one six-digit code, with the years it held (None = open)."""

    code: str
    name: str
    start: int | None
    end: int | None

    def held_in(self, year: int) -> bool:
        return (self.start is None or self.start <= year) and (self.end is None or year <= self.end)


@cache
def timeline() -> dict[str, tuple[County, ...]]:
    """Every code ever issued, with its names in order of time."""
    out: dict[str, list[County]] = {}
    for code, name, start, end in read_csv("county_codes.csv").iter_rows():
        out.setdefault(code, []).append(County(code, name, int(start) if start else None, int(end) if end else None))
    return {code: tuple(sorted(names, key=lambda n: n.start or 0)) for code, names in out.items()}


def was_issued(code: str) -> bool:
    """Whether this six-digit code was ever in force (also as a province or prefecture code)."""
    return code in timeline()


def was_issued_column(s: pl.Series) -> pl.Series:
    """`was_issued` over a column of six-digit codes."""
    return s.is_in(_issued().implode())


@cache
def _issued() -> pl.Series:
    return pl.Series(sorted(timeline()))


def ended_column(s: pl.Series) -> pl.Series:
    """Over a column of six-digit codes: whether each was issued once and holds no more."""
    return s.is_in(_ended().implode())


@cache
def _ended() -> pl.Series:
    return pl.Series(sorted(code for code, names in timeline().items() if all(name.end is not None for name in names)))


def name_of(code: str, on: date | None = None) -> str | None:
    """What the code was called on that day (without a day: its last name); None when it did not hold then."""
    names = timeline().get(code, ())
    if on is None:
        return names[-1].name if names else None
    return next((n.name for n in reversed(names) if n.held_in(on.year)), None)


def successors(code: str) -> tuple[str, ...]:
    """The codes that carry this place on after the code ended, nearest first; empty while it is in force.

    The table has no official succession. A place is recognised by its name (大兴县 → 大兴区) beginning the year
    after in the same province; a place that was split or renamed altogether is therefore not found.
    """
    found: list[str] = []
    current = code
    while (following := _following(current)) is not None and following not in found:
        found.append(following)
        current = following
    return tuple(found)


@cache
def _following(code: str) -> str | None:
    names = timeline().get(code, ())
    if not names or names[-1].end is None:
        return None
    last = names[-1]
    stem, year = _stem(last.name), (last.end or 0) + 1
    # Chongqing left Sichuan in 1997 and Hainan left Guangdong in 1988: their codes moved to a new province.
    provinces = {code[:2], *{"51": ("50",), "44": ("46",)}.get(code[:2], ())}
    heirs = [
        county.code
        for other, all_names in timeline().items()
        if other != code and other[:2] in provinces
        for county in all_names
        if county.start == year and _stem(county.name) == stem
    ]
    return min(heirs, key=lambda heir: (heir[:4] != code[:4], heir)) if heirs else None


def _stem(name: str) -> str:
    for suffix in ("自治县", "自治旗", "自治州", "地区", "县", "市", "区", "旗", "盟"):
        if name.endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name
