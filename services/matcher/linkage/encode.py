"""People and records laid out beside each other: what every later step takes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.clean import Cleaned
from matcher.linkage.index import PeopleIndex
from matcher.linkage.rows import Side, beside, side_of

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Encoded:
    """People and records; the rarity of the records' names is counted on the people."""

    people: PeopleIndex
    records: Side

    @cached_property
    def rosters(self) -> tuple[Numbers, Numbers, Numbers]:
        """Record rows by household, and where in them the household of each record begins and ends; both 0 where it
        has none."""
        household = self.records.rows["household"]
        order = np.argsort(household, kind="stable")
        begin = np.searchsorted(household[order], household, side="left")
        end = np.searchsorted(household[order], household, side="right")
        return order, np.where(household >= 0, begin, 0), np.where(household >= 0, end, 0)


def encode(people: Cleaned, records: Cleaned) -> Encoded:
    """Encode two cleaned sides."""
    return encode_beside(PeopleIndex.made(people), records)


def encode_beside(people: PeopleIndex, records: Cleaned) -> Encoded:
    """Records beside people who are encoded already."""
    return between(people, side_of(records))


def between(people: PeopleIndex, records: Side) -> Encoded:
    """People and records. Name rarity is counted on the people alone, so that a record scores the same on its own and
    within a batch."""
    return Encoded(people, beside(records, people.side.names))
