"""What a household has per head and month, and how that stands to the minimum standard of the day (E1, E17)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from registry.coverage.rules import DIBAO
from registry.facts.ground import BULK, Ground, facts, homes, periods
from registry.households import store as households
from registry.registers import store
from registry.registers.incomes import INCOME, Sum, sums
from registry.registers.telling import contents
from registry.times import NOW

COMMUNITIES, VILLAGES = range(1, 200), range(200, 400)  # GB/T 10114: 居民委员会, 村民委员会


@dataclass(frozen=True)
class Income:
    """The last month reckoned of a household, per head."""

    subject_id: str
    sum: Sum
    per_head: float  # yuan

    @property
    def day(self) -> date:
        """The month's first day."""
        return date.fromisoformat(f"{self.sum.period}-01")

    def fact(self, number: float) -> dict[str, object]:
        """A row with that number."""
        told = {"subject_id": self.subject_id, "batch_id": self.sum.entries[0], "line": 0}
        return {**told, "number": number, "valid_from": self.day}


def income(ground: Ground) -> pl.DataFrame:
    """Of each household the month reckoned last, told of its head."""
    return facts("income", (one.fact(one.per_head) for one in _reckoned(ground)))


def income_ratio(ground: Ground) -> pl.DataFrame:
    """The same over the standard that held in the area on that day, urban or rural."""
    held = periods(ground).filter(pl.col("programme").is_in(sorted(DIBAO)) & pl.col("household_id").is_not_null())
    by_home = dict(held.sort("start", "coverage_id").select("household_id", "programme").iter_rows())
    return facts("income-ratio", _ratios(ground, by_home))


def _ratios(ground: Ground, programmes: dict[str, str]) -> Iterator[dict[str, object]]:
    for one in _reckoned(ground):
        kind = programmes.get(one.sum.household_id or "") or standard_of(one.sum.area)
        fen = ground.clerk.limit(one.sum.area)(kind, one.day) if kind else None
        if fen:
            yield one.fact(round(one.per_head * 100 / fen, 4))


def standard_of(area: str) -> str | None:
    """Urban or rural by the division itself: a community or a village; of a township nobody can say."""
    last = int(area[9:])
    if last in COMMUNITIES:
        return "dibao-urban"
    return "dibao-rural" if last in VILLAGES else None


def _reckoned(ground: Ground) -> list[Income]:
    """Households whose head and size are known."""
    rows = store.live(ground.clerk, INCOME)
    last = {one.household_id: one for one in sorted(sums(contents(ground.clerk, rows)), key=lambda one: one.period)}
    known = {home: one for home, one in last.items() if home is not None}
    if not known:
        return []
    heads, sizes = dict(homes(ground).iter_rows()), _sizes(ground, list(known))
    return [
        Income(heads[home], one, round(one.counted / 100 / sizes[home], 2))
        for home, one in sorted(known.items())
        if home in heads and sizes.get(home)
    ]


def _sizes(ground: Ground, ids: list[str]) -> dict[str, int]:
    """家庭人口 as the last period of support states it, else the members on record."""
    stated = periods(ground).filter(pl.col("household_id").is_in(ids) & pl.col("household_size").is_not_null())
    said = dict(stated.sort("start", "coverage_id").select("household_id", "household_size").iter_rows())
    counted: dict[str, int] = {}
    for start in range(0, len(ids), BULK):
        counted |= households.counted(ground.session, ground.caller, ids[start : start + BULK], NOW)
    return {**counted, **said}
