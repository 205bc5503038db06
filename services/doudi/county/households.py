"""Who lives with whom: households of a rural county whose ages and sexes come out as in the census.

A pool of households is drawn from simple rules of family life, then weighted until its age pyramid is the census's,
and households are taken by that weight until the county is full.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doudi.county.tables import age_shares

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# The places a household has; a place nobody fills holds NaN.
ROLES = ("head", "spouse", "child", "child", "child", "child", "child", "father", "mother")
HEAD, SPOUSE, FATHER, MOTHER = 0, 1, 7, 8
CHILDREN = range(2, 7)
POOL = 1.5  # households drawn for each one wanted
MEAN_SIZE = 2.4
RAKING_ROUNDS = 25
TWINS = 0.012
LIVES_ALONE = (0.3, 0.16, 0.22, 0.5)  # at ages 20, 30, 60, 80: the young who left to work, the old left behind
COUPLES_ON_THEIR_OWN = 0.2
# Children ever born by the mother's year of birth: later marriage and birth control.
CHILDREN_BORN = ((1900, 3.9), (1950, 3.2), (1960, 2.7), (1970, 2.4), (1980, 2.1), (1990, 1.7))


@dataclass(frozen=True)
class Families:
    """Households × places: age in years on the reference date (NaN = place empty), sex 1 or 2."""

    age: Floats
    sex: Ints


def _draw(rng: np.random.Generator, count: int, year: int) -> Families:
    age = np.full((count, len(ROLES)), np.nan)
    sex = np.zeros((count, len(ROLES)), dtype=np.int64)
    head = np.clip(rng.triangular(20, 47, 98, count), 20, 99)
    male = rng.random(count) < np.where(head > 70, 0.62, 0.87)
    age[:, HEAD], sex[:, HEAD] = head, np.where(male, 1, 2)
    married = rng.random(count) < np.interp(head, [20, 26, 35, 60, 70, 80, 95], [0.25, 0.7, 0.88, 0.85, 0.7, 0.4, 0.1])
    spouse = head + np.where(male, -1, 1) * rng.normal(2.2, 2.8, count)
    age[:, SPOUSE] = np.where(married & (spouse >= 18), spouse, np.nan)
    sex[:, SPOUSE] = 3 - sex[:, HEAD]
    mother = np.where(male, np.where(married, spouse, head - 2), head)
    _draw_children(rng, age, sex, mother, year)
    for place, chance, gap, one in ((FATHER, 0.2, 26.5, 1), (MOTHER, 0.27, 24.0, 2)):
        parent = head + rng.normal(gap, 3.5, count)
        alive = rng.random(count) < chance * np.interp(parent, [50, 70, 85, 98], [1, 1, 0.7, 0.05])
        age[:, place] = np.where(alive & (parent < 104), np.maximum(parent, head + 17), np.nan)
        sex[:, place] = one
    alone = rng.random(count) < np.interp(head, [20, 30, 60, 80], LIVES_ALONE)
    age[alone, SPOUSE:] = np.nan
    childless = rng.random(count) < COUPLES_ON_THEIR_OWN
    age[childless, SPOUSE + 1 :] = np.nan
    return Families(age, sex)


def _draw_children(rng: np.random.Generator, age: Floats, sex: Ints, mother: Floats, year: int) -> None:
    count = len(age)
    starts = np.array([start for start, _ in CHILDREN_BORN])
    means = np.array([mean for _, mean in CHILDREN_BORN])
    born_in = year - mother
    born = rng.poisson(means[np.clip(np.searchsorted(starts, born_in, side="right") - 1, 0, None)])
    child = mother - np.clip(rng.normal(22.5, 2.7, count), 17, 38)
    brother_at_home = np.zeros(count, dtype=bool)
    for order, place in enumerate(CHILDREN):
        boy = rng.random(count) < 0.53
        home = np.where(
            boy,
            np.interp(child, [17, 19, 24, 30, 50], [0.97, 0.75, 0.6, 0.3, 0.12]),
            np.interp(child, [17, 19, 24, 30, 50], [0.97, 0.7, 0.4, 0.06, 0.01]),
        )
        # one grown son stays with his parents, the others found their own households
        home = np.where(boy & brother_at_home & (child > 24), 0.02, home)
        here = (order < born) & (child >= 0) & (rng.random(count) < home)
        brother_at_home |= here & boy & (child > 24)
        age[:, place] = np.where(here, child, np.nan)
        sex[:, place] = np.where(boy, 1, 2)
        twin = rng.random(count) < TWINS
        child = np.where(twin, child, child - 1.2 - rng.gamma(2.0, 0.9, count))


def _weights(families: Families) -> Floats:
    """One weight per household, such that the pool's age pyramid is the census's."""
    lower, target = age_shares()
    here = ~np.isnan(families.age)
    group = np.clip(np.searchsorted(lower, np.nan_to_num(families.age), side="right") - 1, 0, len(lower) - 1)
    cell = group * 2 + (families.sex - 1)
    counts = np.zeros((len(here), 2 * len(lower)), dtype=np.float32)
    household, place = np.nonzero(here)
    np.add.at(counts, (household, cell[household, place]), 1)
    wanted = target.reshape(-1)
    size = counts.sum(axis=1)
    weight = np.ones(len(here))
    for _ in range(RAKING_ROUNDS):
        now = weight @ counts
        ratio = np.log(np.maximum(wanted, 1e-6) / np.maximum(now / now.sum(), 1e-6))
        weight *= np.exp(counts @ ratio.astype(np.float32) / size)
    weight = np.minimum(weight, 20 * weight.mean())
    return np.asarray(weight / weight.sum())


def draw_families(rng: np.random.Generator, people: int, year: int) -> Families:
    """Households holding exactly `people` persons; ages as in `year`."""
    if people < 100:
        raise ValueError("a county needs at least 100 people")
    wanted = int(people / MEAN_SIZE * POOL) + 200
    pool = _draw(rng, wanted, year)
    chosen = rng.choice(wanted, size=int(people / 1.2), p=_weights(pool))
    age, sex = pool.age[chosen], pool.sex[chosen]
    total = np.cumsum((~np.isnan(age)).sum(axis=1))
    last = int(np.searchsorted(total, people))
    age, sex = age[: last + 1].copy(), sex[: last + 1]
    surplus = int(total[last]) - people
    present = np.flatnonzero(~np.isnan(age[last]))
    age[last, present[len(present) - surplus :]] = np.nan  # the last household is cut to fit
    return Families(age, sex)
