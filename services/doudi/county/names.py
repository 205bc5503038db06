"""Given names by sex and birth cohort, with namesakes about as frequent as in a north-western county.

The characters are hand-made lists, commonest first; the frequencies fall with the rank. How often a given name has one
character, and how many pairs of namesakes come out, was set against public statistics of names.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doudi.county.tables import Floats, Texts, minority_given, rows

Ints = NDArray[np.int64]

# Share of one-character given names by first year of birth: fashionable in the 1970s and 80s.
SINGLE = ((0, 0.13), (1960, 0.20), (1970, 0.25), (1990, 0.17), (2000, 0.09))
RANK_SHIFT = 5.0
RANK_POWER = 0.95
REPEATED = 0.025  # 娜娜, 英英: women born after 1965
SEPARATED_HUI = 0.025  # 尤素福·阿里 on the identity card
SURNAME_WITH_SCRIPTURE_NAME = 0.015  # 马尤素福


@dataclass(frozen=True)
class _Model:
    start: int
    first: tuple[Texts, Floats]
    last: tuple[Texts, Floats]


def _weighted(characters: str, tail: str, tail_share: float) -> tuple[Texts, Floats]:
    rank = np.arange(len(characters))
    weight = 1 / (rank + RANK_SHIFT) ** RANK_POWER
    weight *= (1 - tail_share) / weight.sum()
    rare = 1 / (np.arange(len(tail)) + 30.0) ** 0.5
    rare *= tail_share / rare.sum()
    return np.array(list(characters) + list(tail)), np.concatenate([weight, rare])


def _models(sex: int) -> list[_Model]:
    letter = "m" if sex == 1 else "f"
    mine = [row for row in rows("given_characters.csv") if row["sex"] == letter]
    tail = next(row for row in mine if row["position"] == "any")
    lists = {(int(row["from_year"]), row["position"]): row["characters"] for row in mine}
    starts = sorted({start for start, position in lists if position == "first"})
    share = float(tail["share"])

    def table(start: int, position: str) -> tuple[Texts, Floats]:
        return _weighted(lists[(start, position)], tail["characters"], share)

    return [_Model(start, table(start, "first"), table(start, "last")) for start in starts]


def _single_share(year: Ints) -> Floats:
    share = np.zeros(len(year))
    for start, value in SINGLE:
        share[year >= start] = value
    return share


def given_names(rng: np.random.Generator, sex: Ints, year: Ints, generation: Ints) -> Texts:
    """One given name per person.

    `sex` 1 or 2, `year` of birth; `generation` is a family's number where brothers (or sisters) share their first
    character (the 字辈), or -1.
    """
    first = np.full(len(sex), "", dtype="U1")
    last = np.full(len(sex), "", dtype="U1")
    for one in (1, 2):
        models = _models(one)
        ends = [model.start for model in models[1:]] + [9999]
        for model, end in zip(models, ends, strict=True):
            at = np.flatnonzero((sex == one) & (year >= model.start) & (year < end))
            first[at] = rng.choice(model.first[0], len(at), p=model.first[1])
            last[at] = rng.choice(model.last[0], len(at), p=model.last[1])
    family = generation >= 0
    _, leader, member = np.unique(generation[family], return_index=True, return_inverse=True)
    first[family] = first[family][leader][member]
    repeated = (sex == 2) & (year >= 1965) & (rng.random(len(sex)) < REPEATED)
    first[repeated] = last[repeated]
    single = (rng.random(len(sex)) < _single_share(year)) & ~repeated & ~family
    first[single] = ""
    return np.char.add(first, last)


def full_names(rng: np.random.Generator, surname: Texts, given: Texts, sex: Ints, hui: NDArray[np.bool_]) -> Texts:
    """Surname and given name; some Hui bear a scripture name, with a separator or behind the surname."""
    names = np.char.add(surname, given).astype("U16")
    draw = rng.random(len(names))
    separated = hui & (draw < SEPARATED_HUI)
    behind = hui & (draw >= SEPARATED_HUI) & (draw < SEPARATED_HUI + SURNAME_WITH_SCRIPTURE_NAME)
    for one in (1, 2):
        own = minority_given(one)
        at = np.flatnonzero(separated & (sex == one))
        fathers = rng.choice(minority_given(1), len(at))
        names[at] = np.char.add(np.char.add(rng.choice(own, len(at)), "·"), fathers)
        at = np.flatnonzero(behind & (sex == one))
        names[at] = np.char.add(surname[at], rng.choice(own, len(at)))
    return names
