"""Entries and exits that stand out: campaigns, quotas, one stroke for all (E5). Pure, over stretches of support.

A stretch is unbroken support of one person, whatever the programmes: going over from one to another is neither an
entry nor an exit. Its entry is the month it begins, its exit the month it ends. A finding opens a question, no more.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal

Code = Literal["exits-surge", "entries-surge", "mass-exit", "same-share"]
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Parameters:
    """Where a month begins to stand out; the settings of the county."""

    months: int  # before, whose median is the baseline
    percent: int  # of it, above which
    least: int  # and so many at least
    mass: int  # exits of one village on one day
    mass_percent: int  # of those supported there that day
    villages: int  # of one township with the very same share


@dataclass(frozen=True)
class Period:
    """Somebody's support somewhere."""

    person: str
    area: str
    start: date
    end: date | None


@dataclass(frozen=True)
class Stretch:
    """Unbroken support: where and when it began and ended."""

    person: str
    area: str  # where it began
    last_area: str  # where it ended
    start: date
    end: date | None


@dataclass(frozen=True)
class Anomaly:
    """One thing that stands out; `per_mille` is a share of those supported."""

    code: Code
    area: str
    month: str
    count: int
    baseline: float | None = None
    held: int | None = None
    per_mille: int | None = None
    day: date | None = None
    villages: tuple[str, ...] = ()


def stretches(periods: Iterable[Period]) -> list[Stretch]:
    """Periods of a person that touch or overlap are one stretch."""
    by_person: dict[str, list[Period]] = defaultdict(list)
    for one in periods:
        by_person[one.person].append(one)
    return [stretch for held in by_person.values() for stretch in _joined(sorted(held, key=lambda one: one.start))]


def _joined(held: Sequence[Period]) -> Iterator[Stretch]:
    first, last = held[0], held[0]
    for one in held[1:]:
        if last.end is not None and one.start > last.end + _DAY:
            yield Stretch(first.person, first.area, last.area, first.start, last.end)
            first = last = one
        elif (one.end or date.max) >= (last.end or date.max):
            last = one
    yield Stretch(first.person, first.area, last.area, first.start, last.end)


def anomalies(found: Sequence[Stretch], month: str, told: Parameters) -> list[Anomaly]:
    """Everything that stands out in the month, by area and code."""
    exits = [(one.last_area, one.end) for one in found if one.end is not None]
    entries = [(one.area, one.start) for one in found]
    out = [
        *_surges("exits-surge", exits, month, told),
        *_surges("entries-surge", entries, month, told),
        *_mass(found, month, told),
        *_same_share(found, month, told),
    ]
    return sorted(out, key=lambda one: (one.area, one.code, one.day or date.min))


def counts(dated: Iterable[tuple[str, date]], width: int) -> Mapping[tuple[str, str], int]:
    """(area's leading digits, month) → how many."""
    return Counter((area[:width], day.isoformat()[:7]) for area, day in dated)


def before(month: str, months: int) -> list[str]:
    """So many months before it."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1
    return [f"{one // 12:04d}-{one % 12 + 1:02d}" for one in range(number - months, number)]


def _surges(code: Code, dated: Sequence[tuple[str, date]], month: str, told: Parameters) -> Iterator[Anomaly]:
    """Townships with at least `least` and more than `percent` of the median of the months before."""
    counted = counts(dated, 9)
    for town, at in counted:
        number = counted[town, at]
        if at != month or number < told.least:
            continue
        usual = median(counted.get((town, one), 0) for one in before(month, told.months))
        if number * 100 > usual * told.percent:
            yield Anomaly(code, f"{town}000", month, number, baseline=float(usual))


def _held(found: Iterable[Stretch], month: str) -> Mapping[str, int]:
    """Village → supported in the month, those whose support ended in it among them."""
    running = (
        one.last_area
        for one in found
        if one.start.isoformat()[:7] <= month and (one.end is None or one.end.isoformat()[:7] >= month)
    )
    return Counter(running)


def _mass(found: Sequence[Stretch], month: str, told: Parameters) -> Iterator[Anomaly]:
    """Villages in which so many, and such a share of all, lost support on one day."""
    held = _held(found, month)
    days = Counter((one.last_area, one.end) for one in found if one.end and one.end.isoformat()[:7] == month)
    for (village, day), number in days.items():
        if number >= told.mass and number * 100 >= held[village] * told.mass_percent:
            share = round(number * 1000 / held[village])
            yield Anomaly("mass-exit", village, month, number, held=held[village], per_mille=share, day=day)


def _same_share(found: Sequence[Stretch], month: str, told: Parameters) -> Iterator[Anomaly]:
    """Villages of one township that lost the very same share to the per mille: by quota, it seems. One exit alone makes
    no pattern, so a village counts from two on."""
    held = _held(found, month)
    gone = Counter(one.last_area for one in found if one.end and one.end.isoformat()[:7] == month)
    alike: dict[tuple[str, int], list[str]] = defaultdict(list)
    for village, number in gone.items():
        if number >= 2:
            alike[village[:9], round(number * 1000 / held[village])].append(village)
    for (town, share), villages in alike.items():
        if len(villages) >= told.villages:
            number, all_held = (sum(of[one] for one in villages) for of in (gone, held))
            yield Anomaly(
                "same-share", f"{town}000", month, number, held=all_held, per_mille=share,
                villages=tuple(sorted(villages)),
            )  # fmt: skip
