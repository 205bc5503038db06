"""Which profiles hold where, on which day.

Beside the shipped ones stand those an area approved. Of each area one ordinary profile holds at a time, the one that
began last, as a whole: what it does not name is as the area above has it. A campaign's profile lies over it for the
campaign's days and names only what is otherwise meanwhile. Between areas the most specific wins, value by value.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matcher.screens.parameters import Parameters, Profile, Setting, prefix_of, settled, shipped, valid

SHIPPED, ORDINARY, CAMPAIGN = range(3)


@dataclass(frozen=True)
class Origin:
    """A value and the profile it comes from."""

    value: Any
    profile: Profile


@dataclass(frozen=True)
class Group:
    """Areas that are decided by the same values."""

    parameters: Parameters
    areas: tuple[str, ...]


def standing(area: str, on: date, approved: Iterable[Profile]) -> list[Profile]:
    """Of the approved profiles those that hold of a 12-digit area on a day, the most general first.

    An approved profile also has `campaign` (None: an ordinary one) and `serial`, the order of approval.
    """
    held: dict[tuple[int, int], Profile] = {}
    for profile in valid(area, on, approved):
        slot = len(prefix_of(profile["area"])), rank(profile)
        if slot not in held or _began(profile) > _began(held[slot]):
            held[slot] = profile
    return [held[slot] for slot in sorted(held)]


def rank(profile: Profile) -> int:
    """What of two profiles of one area lies over the other."""
    if "serial" not in profile:
        return SHIPPED
    return ORDINARY if profile["campaign"] is None else CAMPAIGN


def origins(area: str, on: date, approved: Iterable[Profile] = ()) -> dict[str, Origin]:
    """Name → the value of a 12-digit area on a day, and where it comes from."""
    ordered = sorted(
        [*valid(area, on, shipped()), *standing(area, on, approved)],
        key=lambda one: (len(prefix_of(one["area"])), rank(one), one["valid_from"]),
    )
    return {name: Origin(value, profile) for profile in ordered for name, value in profile["values"].items()}


def decided(area: str, on: date, approved: Iterable[Profile], settings: Sequence[Setting]) -> Parameters:
    """The parameters of a 12-digit area on a day. Raises Unsettled."""
    return settled({name: one.value for name, one in origins(area, on, approved).items()}, settings)


def groups(areas: Collection[str], on: date, approved: Sequence[Profile], settings: Sequence[Setting]) -> list[Group]:
    """The areas parted by what they are decided by, those with the most areas first. Raises Unsettled.

    Only where a profile of a part of the country holds can areas differ; they are looked at by the profiles that hold
    of them, so a county of five hundred villages and one profile is decided twice at most.
    """
    day = on.isoformat()
    parts = {
        prefix_of(one["area"])
        for one in (*shipped(), *approved)
        if one["valid_from"] <= day and (one["valid_to"] is None or day <= one["valid_to"])
    }
    alike: dict[tuple[str, ...], list[str]] = {}
    for area in sorted(areas):
        alike.setdefault(tuple(sorted(part for part in parts if area.startswith(part))), []).append(area)
    found: dict[str, Group] = {}
    for same in alike.values():
        parameters = decided(same[0], on, approved, settings)
        former = found.get(parameters.version)
        found[parameters.version] = Group(parameters, (*(former.areas if former else ()), *same))
    return sorted(found.values(), key=lambda one: (-len(one.areas), one.areas))


def _began(profile: Profile) -> tuple[str, int]:
    return profile["valid_from"], profile["serial"]
