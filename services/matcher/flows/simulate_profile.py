"""What a draft of a profile would do to the list: everybody screened twice, as things stand and as if it held today.

Nothing is written. Counted is what the screens say, what a human settled too: the answer would stand either way.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
from sqlmodel import Session

from china.masks import mask_name
from matcher.flows import screen_people
from matcher.flows.desk import Desk
from matcher.leads.store import Wanted
from matcher.people import store as people
from matcher.profiles import store as profiles
from matcher.screens.parameters import Profile, prefix_of

SAMPLE = 20  # people shown of those who would come or go
SAMPLE_SEALED = "screen_simulation.sample"
COUNTS = ("before", "after", "appear", "vanish")
ANY = ""  # stands for the screen where a lead is counted, by however many screens
Tell = Callable[[str, int, int], None]  # a phase, and how many of how many parts are done


@dataclass(frozen=True)
class Simulated:
    """Counts by division and screen, and a sealed sample; what they rest on is named by `basis` and `rules`."""

    found: dict[str, Any]
    sample: str
    as_of: date
    basis: str
    rules: str


@dataclass(frozen=True)
class Entry:
    """What of one lead a simulation keeps."""

    area: str
    screens: frozenset[str]
    tier: str
    name: str | None  # masked
    meant: frozenset[str]  # whom it may be about


def simulate_profile(desk: Desk, draft: Profile, tell: Tell) -> Simulated:
    """Screen twice and compare, within the draft's area."""
    day = desk.today()
    tell("reading", 0, 3)
    view = screen_people.view_of(desk)
    would = replace(view, approved=[*view.approved, _as_if_today(draft, day)])
    sides = []
    for part, each in enumerate((view, would), 1):
        tell("screening", part, 3)
        sides.append(_entries(screen_people.seen_in(desk, each, day), draft["area"]))
    before, after = sides
    sample = desk.ring.encrypt(orjson.dumps(_sample(desk, before, after)).decode(), SAMPLE_SEALED)
    rules = rules_of(view.approved, draft["area"])
    return Simulated({"rows": _counted(before, after)}, sample, day, basis_of(view.inputs, day, rules), rules)


def present_basis(session: Session, day: date, area: str) -> tuple[str, str]:
    """`basis` and `rules` as a simulation made now would have them."""
    rules = rules_of(profiles.approved(session), area)
    return basis_of(people.standing(session).inputs, day, rules), rules


def basis_of(inputs: int, day: date, rules: str) -> str:
    """A digest of everything a screening looks at."""
    return hashlib.sha256(f"{inputs}\n{day}\n{rules}".encode()).hexdigest()


def rules_of(approved: Sequence[Profile], area: str) -> str:
    """A digest of the approved profiles that hold of the area or of parts of it."""
    own = prefix_of(area)
    told = [one for one in approved if one["area"].startswith(own) or own.startswith(prefix_of(one["area"]))]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _as_if_today(draft: Profile, day: date) -> Profile:
    """The draft as if it had begun already: one that begins before what holds today stays under it."""
    return {**draft, "valid_from": min(draft["valid_from"], day.isoformat())}


def _entries(wanted: Sequence[Wanted], area: str) -> dict[str, Entry]:
    return {
        one.subject_id: Entry(
            one.area,
            frozenset(hit.screen for hit in one.hits),
            one.tier,
            mask_name(one.snapshot.get("name")),
            frozenset((one.subject_id, *(str(each["person_id"]) for each in one.candidates))),
        )
        for one in wanted
        if one.area.startswith(prefix_of(area))
    }


def _counted(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> list[dict[str, Any]]:
    """One row per division and screen (ANY: leads): before, after, appear, vanish."""
    stood, stand = _places(before), _places(after)
    sides = {"before": stood, "after": stand, "appear": stand - stood, "vanish": stood - stand}
    counts = {name: Counter((area, screen) for _, area, screen in side) for name, side in sides.items()}
    cells = sorted({cell for count in counts.values() for cell in count})
    return [
        {"area": area, "screen": screen, **{name: counts[name][area, screen] for name in COUNTS}}
        for area, screen in cells
    ]


def _places(entries: Mapping[str, Entry]) -> set[tuple[str, str, str]]:
    """Subject, division and screen of every finding, and of every lead under ANY."""
    return {(who, one.area, screen) for who, one in entries.items() for screen in (ANY, *one.screens)}


def _sample(desk: Desk, before: Mapping[str, Entry], after: Mapping[str, Entry]) -> list[dict[str, Any]]:
    """Some who would come and some who would go, chosen by a keyed print of their ids: the same ones every time."""
    found = []
    for change, here, there in (("appear", after, before), ("vanish", before, after)):
        ids = sorted(set(here) - set(there))
        prints = desk.ring.macs(b"simulation" + one.encode() for one in ids)
        chosen = [one for _, one in sorted(zip(prints, ids, strict=True))][: SAMPLE // 2]
        found += [_shown(change, subject, here[subject]) for subject in sorted(chosen)]
    return found


def _shown(change: str, subject: str, one: Entry) -> dict[str, Any]:
    return {
        "change": change,
        "subject_id": subject,
        "area": one.area,
        "name": one.name,
        "tier": one.tier,
        "screens": sorted(one.screens),
        "meant": sorted(one.meant),
    }
