"""What befell the people of the county: disability, illness, death, rural monitoring, and who is covered by what.

The shares were set against a county of the same kind (public totals, see data/SOURCES.md): about 6 % covered, a third
of the seriously ill and half of the severely disabled among them, three quarters of the monitored not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doudi.county.population import AS_OF, Flags, Ints, Population
from doudi.county.tables import Floats, Texts

CLASSES = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")  # codes 1 to 7 of the card number
CLASS_SHARE = (0.054, 0.067, 0.010, 0.525, 0.057, 0.228, 0.059)
GRADE_SHARE = (0.13, 0.255, 0.292, 0.323)
STATUS = ("有效", "注销", "冻结")
STATUS_SHARE = (0.969, 0.017, 0.014)
CARD_HOLDERS = 0.0277
MENTAL = (5, 6)  # intellectual and mental: grade 3 counts as severe
ILL = 0.0115
DEAD = 0.0097
DEATH_DAYS = 140  # 1 January to 20 May 2021
COST = (10.52, 0.97)  # logarithm of a year's cost in yuan: median 37 000
SELF_PAID = (0.10, 0.60)
HIGH_COST = 10_000.0
RURAL = 0.142  # of households
POOR_ONCE = 0.70  # 脱贫户
MONITORED = 0.255
MONITORED_KIND = ("边缘易致贫户", "脱贫不稳定户", "突发严重困难户")
MONITORED_SHARE = (0.46, 0.40, 0.14)
RISK_REMOVED = 0.37
TEKUN = 0.00197  # of people
AMOUNT = (150, 521)  # yuan a month and person

NONE, WHOLE, SINGLE, TEKUN_INSTITUTION, TEKUN_HOME, MARGIN, ENDED = range(7)
PROGRAMME = ("", "农村低保", "农村低保", "集中供养", "分散供养", "低保边缘", "农村低保")


@dataclass(frozen=True)
class Circumstances:
    """Per person unless the name says household. Zero, "" and NaN mean it did not befall them."""

    card_class: Ints  # 1 to 7
    card_grade: Ints  # 1 to 4
    card_status: Texts
    card_year: Ints
    cost: Floats
    self_paid: Floats
    died: Texts  # YYYY-MM-DD
    household_kind: Ints  # NONE … ENDED
    in_registry: Flags
    covered: Flags
    amount: Ints
    household_start: Texts  # YYYYMM
    household_end: Texts  # YYYYMM
    household_rural: Flags
    household_poor_once: Flags
    household_monitored: Texts  # one of MONITORED_KIND
    household_risk_removed: Flags
    household_income: Ints  # yuan a head and year

    @property
    def severe(self) -> Flags:
        """Valid card of grade 1 or 2, or grade 3 intellectual or mental."""
        grave = (self.card_grade <= 2) | ((self.card_grade == 3) & np.isin(self.card_class, MENTAL))
        return np.asarray((self.card_class > 0) & grave & (self.card_status == "有效"))

    @property
    def card_suffix(self) -> Texts:
        """Class and grade as they stand behind the resident number on the card; empty without a card."""
        both = np.char.add(self.card_class.astype("U1"), self.card_grade.astype("U1"))
        return np.where(self.card_class > 0, both, "")


def _draw_share(rng: np.random.Generator, weight: Floats, share: float) -> Flags:
    """About `share` of all, chances in proportion to `weight`."""
    return np.asarray(rng.random(len(weight)) < np.minimum(weight * share / weight.mean(), 0.9))


def _any(people: Population, flags: Flags) -> Flags:
    """Household has a member with the flag."""
    return np.bincount(people.household, weights=flags) > 0


def circumstances_of(rng: np.random.Generator, people: Population) -> Circumstances:
    """Draw everything above for these people."""
    age = people.age
    count = len(people)
    holder = _draw_share(rng, np.interp(age, [0, 10, 40, 60, 90], [0.5, 0.7, 1.0, 1.7, 3.0]), CARD_HOLDERS)
    card_class = np.where(holder, rng.choice(np.arange(1, 8), count, p=CLASS_SHARE), 0)
    card_grade = np.where(holder, rng.choice(np.arange(1, 5), count, p=GRADE_SHARE), 0)
    status = np.where(holder, rng.choice(STATUS, count, p=STATUS_SHARE), "")
    year = np.maximum(rng.integers(2011, 2021, count), people.birth.astype(np.int64) // 10000 + 1)
    ill = _draw_share(rng, np.interp(age, [0, 15, 40, 60, 95], [0.4, 0.4, 0.8, 2.0, 2.0]), ILL)
    cost = np.where(ill, np.round(np.exp(rng.normal(*COST, count)), 2), np.nan)
    self_paid = np.round(cost * rng.uniform(*SELF_PAID, count), 2)
    dead = _draw_share(rng, np.exp(age / 12.0) + 20, DEAD)
    day = np.datetime64("2021-01-01") + rng.integers(0, DEATH_DAYS, count)
    grave = (card_grade <= 2) | ((card_grade == 3) & np.isin(card_class, MENTAL))
    severe = holder & grave & (status == "有效")
    high_cost = np.nan_to_num(self_paid) >= HIGH_COST
    rural, poor_once, monitored, removed, income = _rural(rng, people, severe | high_cost)
    grounds = _Grounds(severe, high_cost, rural, (monitored != "") & ~removed)
    kind, in_registry, covered = _coverage(rng, people, grounds)
    start, end = _periods(rng, kind)
    return Circumstances(
        card_class=card_class,
        card_grade=card_grade,
        card_status=status,
        card_year=np.where(holder, year, 0),
        cost=cost,
        self_paid=self_paid,
        died=np.where(dead, np.datetime_as_string(day, unit="D"), ""),
        household_kind=kind,
        in_registry=in_registry,
        covered=covered,
        amount=np.where(covered, rng.integers(*AMOUNT, count), 0),
        household_start=start,
        household_end=end,
        household_rural=rural,
        household_poor_once=poor_once,
        household_monitored=monitored,
        household_risk_removed=removed,
        household_income=income,
    )


def _rural(rng: np.random.Generator, people: Population, at_risk: Flags) -> tuple[Flags, Flags, Texts, Flags, Ints]:
    risk = _any(people, at_risk)
    count = len(risk)
    rural = rng.random(count) < np.where(risk, 1.2 * RURAL, RURAL)
    poor_once = rural & (rng.random(count) < POOR_ONCE)
    watched = rural & (rng.random(count) < np.where(risk, 0.4, MONITORED))
    monitored = np.where(watched, rng.choice(MONITORED_KIND, count, p=MONITORED_SHARE), "")
    removed = watched & (rng.random(count) < RISK_REMOVED)
    income = np.clip(rng.normal(8500, 2600, count), 1500, 25000).astype(np.int64)
    return rural, poor_once, monitored, removed, income


@dataclass(frozen=True)
class _Grounds:
    """What makes coverage likelier: the first two of persons, the others of households."""

    severe: Flags
    high_cost: Flags
    rural: Flags
    monitored: Flags


def _coverage(rng: np.random.Generator, people: Population, grounds: _Grounds) -> tuple[Ints, Flags, Flags]:
    first, size = people.members()
    severe, high_cost, monitored = grounds.severe, grounds.high_cost, grounds.monitored
    has_severe, has_high_cost = _any(people, severe), _any(people, high_cost)
    count = len(first)
    kind = np.full(count, NONE)
    alone_old = (size == 1) & (people.age[first] >= 60)
    tekun = alone_old & (rng.random(count) < TEKUN * len(people) / max(int(alone_old.sum()), 1))
    kind[tekun] = np.where(rng.random(int(tekun.sum())) < 0.24, TEKUN_INSTITUTION, TEKUN_HOME)
    chance = np.maximum.reduce(
        [
            np.where(grounds.rural, 0.065, 0.024),
            np.where(has_severe, 0.46, 0),
            np.where(has_high_cost, 0.22, 0),
            np.where(monitored, 0.20, 0),
            np.where(alone_old, 0.09, 0),
        ]
    )

    def take(chances: NDArray[np.float64] | float, into: int) -> None:
        hit = (kind == NONE) & (rng.random(count) < chances)
        kind[hit] = into

    take(chance, WHOLE)
    take(np.where((size > 1) & (has_severe | has_high_cost), 0.25, 0.0), SINGLE)
    take(np.where(has_severe | has_high_cost | monitored, 0.04, 0.027), MARGIN)
    take(0.0205, ENDED)
    of_person = kind[people.household]
    member_of_single = (of_person == SINGLE) & (severe | high_cost)
    covered = np.isin(of_person, (WHOLE, TEKUN_INSTITUTION, TEKUN_HOME)) | member_of_single
    in_registry = covered | np.isin(of_person, (MARGIN, ENDED))
    return kind, in_registry, covered


def _periods(rng: np.random.Generator, kind: Ints) -> tuple[Texts, Texts]:
    # coverage that ended began in 2018 or before
    year = rng.integers(2012, np.where(kind == ENDED, 2019, AS_OF.year)).astype("U4")
    month = np.char.zfill(rng.integers(1, 13, len(kind)).astype("U2"), 2)
    # it ended in the year before the reference date, all of it before that date
    ended = np.datetime64("2020-06") + rng.integers(0, 12, len(kind))
    end = np.char.replace(np.datetime_as_string(ended, unit="M"), "-", "")
    return np.char.add(year, month), np.where(kind == ENDED, end, "")
