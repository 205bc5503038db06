"""Whom a month befalls: who falls ill, dies, gets a card, is no longer listed, recovers from a risk.

Every person is drawn for one thing at most, and nobody whose case a township has answered: what becomes of those is
the answers' business, and a story must be told by its cause.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from doudi.county.exports import Export
from doudi.county.population import Flags, Ints, Population
from doudi.county.tables import Floats

# What a month brings, as shares of what stands in the files, and the least it brings where there are people for it.
NEW_CARDS = (0.012, 2)
NEW_ILLNESSES = (0.04, 3)
NEW_DEATHS = (0.15, 4)
COVERED_DEATHS = (0.02, 2)  # of all deaths on record
LISTED_DEATHS = 2
ENDED = (0.002, 2)  # of the covered at risk
MONITORED = (0.02, 2)  # of households of the rural program
RISKS_REMOVED = (0.05, 2)  # of those at risk
GONE = {"disability.xlsx": (0.01, 1), "health.csv": (0.02, 1), "rural.xlsx": (0.005, 1)}  # rural: households
CORRECTED = (0.002, 2)  # rows of a file
CORRECTED_FILES = ("registry.xlsx", "disability.xlsx", "health.csv", "rural.xlsx")

Ask = tuple[float, int]


@dataclass(frozen=True)
class Draws:
    """Indices of persons (households of the rural program by their number in the file), each in ascending order."""

    cards: Ints
    illnesses: Ints
    deaths: Ints
    ended: Ints
    monitored: tuple[str, ...]
    risks_removed: tuple[str, ...]
    gone: dict[str, Ints]
    gone_households: tuple[str, ...]
    corrected: dict[str, Ints]


@dataclass(frozen=True)
class Standing:
    """Per person, before the month: what the files say of them, and who is left out of every draw."""

    covered: Flags
    at_risk: Flags
    dead: Flags
    answered: Flags

    @property
    def listed(self) -> Flags:
        """On last month's list: at risk, not covered."""
        return self.at_risk & ~self.covered & ~self.dead


class _Lots:
    """Draws without putting back: whoever was drawn, and their household, are out."""

    def __init__(self, rng: np.random.Generator, people: Population, answered: Flags) -> None:
        self.rng = rng
        self.people = people
        self.free = np.ones(len(people), dtype=bool)
        self.leave_out(np.flatnonzero(answered))

    def leave_out(self, who: Ints) -> None:
        """These and their households are drawn no more."""
        households = np.unique(self.people.household[who])
        self.free[np.isin(self.people.household, households)] = False

    def take(self, pool: Flags, count: int, weight: Floats | None = None) -> Ints:
        """`count` of the pool (fewer where there are fewer), of as many households."""
        chosen: list[int] = []
        can = np.flatnonzero(pool & self.free)
        if weight is None:
            order = self.rng.permutation(len(can))
        else:
            order = np.argsort(self.rng.exponential(size=len(can)) / weight[can], kind="stable")
        for one in can[order].tolist():
            if len(chosen) == count:
                break
            if self.free[one]:
                chosen.append(one)
                self.leave_out(np.array([one]))
        return np.sort(np.array(chosen, dtype=np.int64))


def some(ask: Ask, of: int) -> int:
    """A share of `of`, and not fewer than the least."""
    share, least = ask
    return max(least, round(of * share))


def draw_month(rng: np.random.Generator, people: Population, files: dict[str, Export], was: Standing) -> Draws:
    """Draw what befalls whom. The rarest pools (covered dead, people on the list) are drawn first."""
    lots = _Lots(rng, people, was.answered)
    alive = ~was.dead
    in_file = {name: _flags(len(people), export.person) for name, export in files.items()}
    old = np.exp(people.age / 12.0)
    deaths = [lots.take(alive & was.listed, LISTED_DEATHS, old)]
    on_record = len(np.unique(files["deaths.csv"].person))
    deaths.append(lots.take(alive & was.covered, some(COVERED_DEATHS, on_record), old))
    ended = lots.take(alive & was.covered & was.at_risk, some(ENDED, int(was.covered.sum())))
    gone, gone_households = _gone(lots, files, was, in_file)
    removed = _households(lots, files["rural.xlsx"], "否", RISKS_REMOVED)
    monitored = _households(lots, files["rural.xlsx"], "", MONITORED)
    corrected = {name: _corrected(lots, people, files[name]) for name in CORRECTED_FILES}
    nothing_yet = alive & ~was.covered & ~in_file["disability.xlsx"] & ~in_file["health.csv"]
    rest = some(NEW_DEATHS, on_record) - sum(map(len, deaths))
    deaths.append(lots.take(alive & nothing_yet, max(rest, 0), old))
    cards = lots.take(nothing_yet, some(NEW_CARDS, int(in_file["disability.xlsx"].sum())))
    illnesses = lots.take(nothing_yet, some(NEW_ILLNESSES, int(in_file["health.csv"].sum())))
    return Draws(
        cards, illnesses, np.sort(np.concatenate(deaths)), ended, monitored, removed, gone, gone_households, corrected
    )


def _gone(
    lots: _Lots, files: dict[str, Export], was: Standing, in_file: dict[str, Flags]
) -> tuple[dict[str, Ints], tuple[str, ...]]:
    """Whose rows the agency no longer sends; at least one from last month's list, so that a lead is withdrawn."""
    gone: dict[str, Ints] = {}
    for name in ("disability.xlsx", "health.csv"):
        there = in_file[name] & ~was.dead
        listed = lots.take(there & was.listed, 1)
        others = lots.take(there, some(GONE[name], int(there.sum())) - len(listed))
        gone[name] = np.sort(np.concatenate([listed, others]))
    return gone, _households(lots, files["rural.xlsx"], "", GONE["rural.xlsx"])


def _households(lots: _Lots, rural: Export, state: str, ask: Ask) -> tuple[str, ...]:
    """户编号 of households whose risk is in that state (否 at risk, "" never monitored) and who are all free."""
    rows = rural.rows.select(household="户编号", state="风险是否消除").with_columns(
        free=_in(lots.free, rural.person), person=pl.Series(rural.person)
    )
    whole = rows.group_by("household", maintain_order=True).agg(
        pl.col("free").all(), (pl.col("state").fill_null("") == state).all()
    )
    can = whole.filter("free", "state")["household"].to_list()
    order = lots.rng.permutation(len(can))[: some(ask, len(can))]
    chosen = tuple(sorted(can[at] for at in order.tolist()))
    lots.leave_out(_known(lots, rows.filter(pl.col("household").is_in(chosen))["person"].to_list()))
    return chosen


def _known(lots: _Lots, who: Iterable[int]) -> Ints:
    """Those of `who` whom the generator invented: a row may have been put in by hand."""
    return np.array([one for one in who if one < len(lots.people)], dtype=np.int64)


def _corrected(lots: _Lots, people: Population, export: Export) -> Ints:
    """Persons one of whose rows has a name or number that is not theirs."""
    known = export.person < len(people)
    names = pl.Series(people.name[export.person[known]])
    wrong = (export.rows.filter(pl.Series(known))["姓名"] != names).to_numpy()
    pool = _flags(len(people), export.person[known][wrong])
    return lots.take(pool, some(CORRECTED, export.rows.height))


def _flags(count: int, who: Ints) -> Flags:
    flags = np.zeros(count, dtype=bool)
    flags[who[who < count]] = True
    return flags


def _in(flags: Flags, who: Ints) -> Any:
    inside = np.minimum(who, len(flags) - 1)
    return pl.Series(np.where(who < len(flags), flags[inside], False))
