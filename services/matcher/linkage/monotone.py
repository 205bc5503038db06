"""Levels in order: a better agreement never weighs less than a worse one, however few pairs have shown it.

EM follows the pairs at hand, and ten of them can say that the same year of birth speaks louder than the same month.
Where levels are ordered by their meaning, the weights are put in order by pooling neighbours (isotonic regression).
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.levels import COMMONEST, code

Row = NDArray[np.float64]
# From the best agreement to the worst. Levels that stand in no chain have no place between the others: another group
# of the same village is as strange as another village, a first of January says little of the year.
CHAINS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "number": (("equal", "repaired", "same-birth", "unsound", "differs"),),
    "birth": (
        ("stated-equal", "stated-near", "stated-differs"),
        ("equal", "equal-some", "one-digit", "same-month", "same-year", "close-year", "differs"),
    ),
    "name": ((COMMONEST, "near-sound", "one-other", "surname", "differs"), ("sound-1", "sound-2")),
    "sex": (("equal", "differs"),),
    "ethnic": (("equal", "differs"),),
    "place": (("house", "group", "township", "differs"),),
    "phone": (("equal", "near", "differs"),),
}
_SLACK: Final = 1e-4  # weights are written with six digits


def in_order(field: str, same: Row, stranger: Row) -> Row:
    """`same` with every chain of the field in falling order of same against stranger; the sum of a chain stays."""
    out = same.copy()
    for chain in CHAINS.get(field, ()):
        places = [code(field, level) for level in chain]
        ratio = out[places] / stranger[places]
        # Weighted by the strangers a pool has the weight of all its pairs together: sum of same by sum of strangers.
        out[places] = stranger[places] * falling(ratio, stranger[places])
    return out


def falling(values: Row, weights: Row) -> Row:
    """The falling row nearest to `values`: neighbours that rise are pooled. For a handful of values, since scipy's
    takes a third of a second to import."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, length
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        mean, heavy, length = value, weight, 1
        while pools and pools[-1][0] < mean:
            before, heft, many = pools.pop()
            mean, heavy, length = (before * heft + mean * heavy) / (heft + heavy), heft + heavy, length + many
        pools.append((mean, heavy, length))
    return np.repeat([mean for mean, _, _ in pools], [length for _, _, length in pools])


def out_of_order(field: str, same: Row, stranger: Row) -> list[tuple[str, str]]:
    """Neighbours of a chain of which the worse agreement weighs more."""
    found = []
    for chain in CHAINS.get(field, ()):
        ratio = [same[code(field, level)] / stranger[code(field, level)] for level in chain]
        steps = zip(chain, chain[1:], ratio, ratio[1:], strict=False)
        found += [(better, worse) for better, worse, high, low in steps if low > high * (1 + _SLACK)]
    return found
