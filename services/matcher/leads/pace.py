"""A township of two clerks cannot visit five hundred households at once: new leads wait for its capacity (first build).

Households come into hand in order of urgency, then of when they were found; so many a week as the county has said for
the township. What is urgent comes at once, and so does everybody behind a door that is visited anyway. Nothing that
is in hand goes back to waiting.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from kit.scope import NATION

WEEK = timedelta(days=7)
TOWN = 9  # digits of a township


@dataclass(frozen=True)
class Pace:
    """What a township (or every township of a county) can take on: households a week; from which urgency at once."""

    households: int
    urgent_from: int


@dataclass(frozen=True)
class Asking:
    """One lead that should stand on the list: of which door, how urgent, since when known, since when in hand."""

    subject_id: str
    area: str
    door: str
    urgency: int
    found_at: datetime
    released_on: date | None
    in_hand: bool


@dataclass(frozen=True)
class Paces:
    """Area (leading digits) → its pace; the longest that fits a township counts. Where there is none nobody waits."""

    by_area: Mapping[str, Pace] = field(default_factory=dict)

    def of(self, area: str) -> Pace | None:
        """The pace of an area's township."""
        town = area[:TOWN]
        fits = [digits for digits in self.by_area if town.startswith(digits)]
        return self.by_area[max(fits, key=len)] if fits else None

    def waiting(self, leads: Sequence[Asking], day: date) -> set[str]:
        """The subjects that wait on that day."""
        if not self.by_area:
            return set()
        towns: dict[str, list[Asking]] = defaultdict(list)
        for lead in leads:
            if lead.area[6:] != NATION[6:]:  # the county's own list is nobody's round
                towns[lead.area[:TOWN]].append(lead)
        found: set[str] = set()
        for town, asking in towns.items():
            if (pace := self.of(town)) is not None:
                found |= _of_town(asking, pace, day)
        return found


def _of_town(leads: Sequence[Asking], pace: Pace, day: date) -> set[str]:
    in_hand = {lead.door for lead in leads if lead.in_hand}
    lately = {lead.door for lead in leads if lead.in_hand and _within_week(lead.released_on, day)}
    asking: dict[str, list[Asking]] = defaultdict(list)
    for lead in leads:
        if not lead.in_hand and lead.door not in in_hand:
            asking[lead.door].append(lead)
    at_once = {door for door, those in asking.items() if _urgency(those) >= pace.urgent_from}
    room = max(0, pace.households - len(lately) - len(at_once))
    rest = sorted(asking.keys() - at_once, key=lambda door: _place(door, asking[door]))
    return {lead.subject_id for door in rest[room:] for lead in asking[door]}


def _within_week(released: date | None, day: date) -> bool:
    return released is not None and released > day - WEEK


def _urgency(leads: Iterable[Asking]) -> int:
    return max(lead.urgency for lead in leads)


def _place(door: str, leads: Sequence[Asking]) -> tuple[int, datetime, str]:
    return -_urgency(leads), min(lead.found_at for lead in leads), door
