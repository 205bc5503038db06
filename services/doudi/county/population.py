"""The people of the synthetic county: who they truly are, before any agency has written them down."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from doudi.county import numbers
from doudi.county.households import CHILDREN, FATHER, HEAD, MOTHER, SPOUSE, draw_families
from doudi.county.names import full_names, given_names
from doudi.county.tables import Places, Texts, places, surnames

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

AS_OF = date(2021, 6, 1)
HUI_VILLAGES = 0.78  # share of villages where nearly everybody is Hui
HUI_SHARE = (0.08, 0.97)  # of households, in the other villages and in these
VILLAGE_CLAN = 0.45  # households bearing one of the three surnames of their village
SHARED_GENERATION_CHARACTER = 0.35
OWN_PHONE = 0.72
BORN_ELSEWHERE = 0.08
ELSEWHERE = 8  # the station that stands for every other county
SAME_BIRTH_OLDER_NUMBER = 0.65


@dataclass(frozen=True)
class Population:
    """One entry per person, people of a household side by side, households by village. Text columns have no nulls."""

    household: Ints
    role: Ints  # place in the household, see households.ROLES
    sex: Ints  # 1 man, 2 woman
    birth: Texts  # YYYYMMDD
    hui: Flags
    village: Ints  # index into Places
    surname: Texts
    name: Texts
    number: Texts
    older_number: Texts  # sound, of the same person, no longer valid
    phone: Texts
    group: Texts  # 3组
    door: Texts  # 45号

    def __len__(self) -> int:
        return len(self.name)

    @property
    def age(self) -> Ints:
        """Completed years on the reference date."""
        born = self.birth.astype(np.int64)
        today = int(AS_OF.strftime("%Y%m%d"))
        return (today - born) // 10000

    def members(self) -> tuple[Ints, Ints]:
        """First index and size of each household."""
        _, first, size = np.unique(self.household, return_index=True, return_counts=True)
        return first, size


def people_of(rng: np.random.Generator, count: int) -> Population:
    """Invent `count` people; the same generator state gives the same people."""
    land = places()
    families = draw_families(rng, count, AS_OF.year)
    village_of_household, hui_of_household = _settle(rng, len(families.age), land)
    household, role = np.nonzero(~np.isnan(families.age))
    age, sex = families.age[household, role], families.sex[household, role]
    village = village_of_household[household]
    hui = hui_of_household[household]
    birth = _birth_dates(rng, household, age)
    surname = _surnames(rng, household, role, village_of_household, hui_of_household)
    generation = _generations(rng, household, role, sex)
    given = given_names(rng, sex, birth.astype(np.int64) // 10000, generation)
    name = full_names(rng, surname, given, sex, hui)
    number, older = _numbers(rng, birth, sex, _stations(rng, land, village, role))
    return Population(
        household=household,
        role=role,
        sex=sex,
        birth=birth,
        hui=hui,
        village=village,
        surname=surname,
        name=name,
        number=number,
        older_number=older,
        phone=_phones(rng, household, age),
        group=np.char.add(rng.integers(1, 9, len(families.age)).astype("U2"), "组")[household],
        door=np.char.add(rng.integers(1, 121, len(families.age)).astype("U3"), "号")[household],
    )


def _settle(rng: np.random.Generator, households: int, land: Places) -> tuple[Ints, Flags]:
    """Village and Hui or Han of each household, households sorted by village."""
    villages = len(land.village_codes)
    weight = rng.gamma(5.0, 1.0, villages)
    village = np.sort(rng.choice(villages, households, p=weight / weight.sum()))
    mostly_hui = rng.random(villages) < HUI_VILLAGES
    share = np.where(mostly_hui, HUI_SHARE[1], HUI_SHARE[0])
    return village, rng.random(households) < share[village]


def _birth_dates(rng: np.random.Generator, household: Ints, age: NDArray[np.float64]) -> Texts:
    # the shift is the household's: twins, who have the same age to the last bit, must keep one birthday
    shift = rng.integers(1, 200, int(household.max()) + 1)[household]
    day = np.datetime64(AS_OF) - (age * 365.2425).astype(np.int64) - shift
    return np.char.replace(np.datetime_as_string(day, unit="D"), "-", "")


def _surnames(rng: np.random.Generator, household: Ints, role: Ints, village: Ints, hui: Flags) -> Texts:
    """Head, father and children bear the family's name; wife and mother bring their own."""

    def draw(is_hui: Flags) -> Texts:
        drawn = np.full(len(is_hui), "", dtype="U2")
        for table, chosen in (("hui_surnames.csv", is_hui), ("han_surnames.csv", ~is_hui)):
            options, weight = surnames(table)
            drawn[chosen] = rng.choice(options, int(chosen.sum()), p=weight)
        return drawn

    family = draw(hui)
    villages = int(village.max()) + 1
    clans = np.column_stack([draw(np.full(villages, True)) for _ in range(3)])
    in_clan = hui & (rng.random(len(family)) < VILLAGE_CLAN)
    family[in_clan] = clans[village[in_clan], rng.integers(0, 3, int(in_clan.sum()))]
    own = draw(hui[household])
    result = family[household]
    married_in = (role == SPOUSE) | (role == MOTHER)
    result[married_in] = own[married_in]
    return result


def _generations(rng: np.random.Generator, household: Ints, role: Ints, sex: Ints) -> Ints:
    sharing = rng.random(int(household.max()) + 1) < SHARED_GENERATION_CHARACTER
    child = (role >= CHILDREN.start) & (role < CHILDREN.stop) & sharing[household]
    return np.where(child, household * 2 + sex - 1, -1)


def _stations(rng: np.random.Generator, land: Places, village: Ints, role: Ints) -> Ints:
    _, township = np.unique(land.township_codes, return_inverse=True)
    elsewhere = rng.random(len(village)) < np.where(role == SPOUSE, 0.2, BORN_ELSEWHERE)
    return np.where(elsewhere, ELSEWHERE, township[village])


def _numbers(rng: np.random.Generator, birth: Texts, sex: Ints, station: Ints) -> tuple[Texts, Texts]:
    number = numbers.numbers(birth, numbers.serials(rng, birth, sex, station))
    day = np.array([f"{one[:4]}-{one[4:6]}-{one[6:]}" for one in birth], dtype="datetime64[D]")
    corrected = rng.choice([-366, -365, -31, -30, -9, 9, 30, 365], len(birth))
    moved = np.where(rng.random(len(birth)) < SAME_BIRTH_OLDER_NUMBER, 0, corrected)
    day = np.minimum(day + moved, np.datetime64(AS_OF))
    old_birth = np.char.replace(np.datetime_as_string(day, unit="D"), "-", "")
    old_serial = 901 + 2 * rng.integers(0, 49, len(birth)) + np.where(sex == 1, 0, 1)
    return number, numbers.numbers(old_birth, old_serial)


def _phones(rng: np.random.Generator, household: Ints, age: NDArray[np.float64]) -> Texts:
    def draw(count: int) -> Texts:
        return np.char.add(
            rng.integers(13, 20, count).astype("U2"), np.char.zfill(rng.integers(0, 10**9, count).astype("U9"), 9)
        )

    shared = draw(int(household.max()) + 1)[household]
    own = draw(len(household))
    return np.where((age >= 15) & (rng.random(len(age)) < OWN_PHONE), own, shared)


def relation(role: int, sex: int) -> str:
    """与户主关系 as exports write it."""
    if role == HEAD:
        return "户主"
    if role == SPOUSE:
        return "配偶"
    if role in (FATHER, MOTHER):
        return "之父" if role == FATHER else "之母"
    return "之子" if sex == 1 else "之女"
