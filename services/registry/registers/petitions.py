"""Repeated petitions (重复信访): 同人 and 同事, proposed by likeness, confirmed by a human; and the townships' ranking.

同人: the same petitioner, by number where both have one, else by name; of anonymous accusations the same accused.
同事: matters alike, by the pairs of characters they share, or by Jaro-Winkler for short ones. A likeness decides
nothing: it proposes, and what a human denied is not proposed again.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import jellyfish
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.scope import NATION, holds, in_part, prefix, within
from registry.areas.tables import Area
from registry.coverage.rules import COVERING
from registry.coverage.tables import Coverage
from registry.registers import store
from registry.registers.catalogue import REGISTERS
from registry.registers.petition_tables import PetitionRepeat
from registry.registers.placing import Clerk
from registry.registers.store import Content
from registry.registers.tables import RegisterEntry
from registry.registers.telling import contents
from registry.times import Asked, running

PETITION = "petition"
WORD = "petition.word"
ALIKE = 0.5  # of a likeness between 0 and 1: two tellings of one matter share half of their pairs of characters
SHORT = 8  # characters below which pairs say little
MOST_OF_ONE = 200  # petitions of one person compared with each other
_NOISE = re.compile(r"[^\w]|_", re.UNICODE)
BULK = 500
CONFIRM, DENY = "confirm", "deny"
_WIDER = {0: 2, 2: 4, 4: 6, 6: 9, 9: 12, 12: 12}
Opened = tuple[RegisterEntry, Content]


@dataclass(frozen=True)
class Pair:
    """Two petitions of one person, the earlier first, how alike they are, and what a human said."""

    first: Opened
    second: Opened
    likeness: float
    decision: str | None

    @property
    def key(self) -> list[str]:
        """By what pairs are in order."""
        return [self.second[0].area, self.second[0].entry_id, self.first[0].entry_id]


@dataclass(frozen=True)
class Standing:
    """One township: its petitions, those repeated and overdue, and how many people it supports."""

    area: str
    name: str
    petitions: int
    repeats: int
    overdue: int
    beneficiaries: int

    @property
    def per_thousand(self) -> float | None:
        """Petitions per 1 000 people supported; None where nobody is."""
        return round(self.petitions * 1000 / self.beneficiaries, 1) if self.beneficiaries else None


def likeness(one: str, other: str) -> float:
    """How alike two matters are, 0 to 1."""
    first, second = _plain(one), _plain(other)
    if min(len(first), len(second)) < SHORT:
        return float(jellyfish.jaro_winkler_similarity(first, second))
    mine, theirs = Counter(_pairs(first)), Counter(_pairs(second))
    # Of a short telling and a long one of the same matter the short one counts.
    return (mine & theirs).total() / min(mine.total(), theirs.total())


def _plain(text: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()


def _pairs(text: str) -> Iterator[str]:
    return (text[at : at + 2] for at in range(len(text) - 1))


def found(clerk: Clerk) -> tuple[list[Pair], bool]:
    """Every pair the caller may see: alike, or decided by a human, in order; and whether somebody petitioned too often
    for all of theirs to be compared."""
    rows = store.live(clerk, PETITION)
    words = _words(clerk, [row.entry_id for row in rows])
    groups: dict[str, list[Opened]] = {}
    for row, content in contents(clerk, rows):
        for name in _known_as(content):
            groups.setdefault(name, []).append((row, content))
    pairs = {
        (pair.first[0].entry_id, pair.second[0].entry_id): pair
        for ones in groups.values()
        for pair in _of_one(sorted(ones, key=_when)[-MOST_OF_ONE:], words)
    }
    bounded = any(len(ones) > MOST_OF_ONE for ones in groups.values())
    return sorted(pairs.values(), key=lambda pair: pair.key), bounded


def clusters(pairs: Iterable[Pair]) -> list[set[str]]:
    """Ids of petitions that hang together by pairs, each cluster once."""
    of: dict[str, set[str]] = {}
    for pair in pairs:
        first, second = pair.first[0].entry_id, pair.second[0].entry_id
        joined = of.get(first, {first}) | of.get(second, {second})
        of.update(dict.fromkeys(joined, joined))
    return list({id(one): one for one in of.values()}.values())


def _known_as(content: Content) -> Iterator[str]:
    """Under what a petition may meet another of the same person."""
    said = content.values.get("petitioner")
    if said is None:
        yield f"accused:{_plain(content.values['accused'])}"
        return
    yield f"name:{said['name']}"
    if said.get("id_number"):
        yield f"number:{said['id_number']}"


def _one_person(one: Content, other: Content) -> bool:
    """Two numbers decide; with one or none the names do."""
    first, second = one.values.get("petitioner"), other.values.get("petitioner")
    if first is None or second is None:
        return first is second and set(_known_as(one)) == set(_known_as(other))
    numbers = [first.get("id_number"), second.get("id_number")]
    same: bool = numbers[0] == numbers[1] if all(numbers) else first["name"] == second["name"]
    return same


def _when(one: Opened) -> tuple[str, str]:
    return one[1].values["received_on"], one[0].entry_id


def _of_one(ones: Sequence[Opened], words: Mapping[tuple[str, str], str]) -> Iterator[Pair]:
    for first, second in combinations(ones, 2):
        if not _one_person(first[1], second[1]):
            continue
        decision = words.get((first[0].entry_id, second[0].entry_id))
        alike = likeness(first[1].values["matter"], second[1].values["matter"])
        if decision is not None or alike >= ALIKE:
            yield Pair(first, second, round(alike, 3), decision)


def _words(clerk: Clerk, ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """The last word on each pair of these petitions, all of them the caller's; ids of words sort by time."""
    found: dict[tuple[str, str], str] = {}
    for start in range(0, len(ids), BULK):
        query = select(PetitionRepeat).where(col(PetitionRepeat.second).in_(ids[start : start + BULK]))
        rows = clerk.session.exec(query.order_by(col(PetitionRepeat.word_id)))
        found.update(((row.first, row.second), row.decision) for row in rows)
    return found


def pair_of(clerk: Clerk, one: str, other: str) -> Pair | None:
    """The pair of these two petitions, in order, alike or not; None where they are not both the caller's, or not by one
    person."""
    rows = store.present(clerk, REGISTERS[PETITION], sorted({one, other}))
    opened = sorted(contents(clerk, (row for row in rows.values() if not row.ended)), key=_when)
    if len(opened) != 2 or not _one_person(opened[0][1], opened[1][1]):
        return None
    alike = likeness(opened[0][1].values["matter"], opened[1][1].values["matter"])
    return Pair(opened[0], opened[1], round(alike, 3), None)


def say(session: Session, ring: KeyRing, caller: Caller, pair: Pair, said: tuple[str, str | None]) -> PetitionRepeat:
    """A human's word on a pair: the decision, and why."""
    decision, reason = said
    word_id = new_id()
    made = PetitionRepeat(
        word_id=word_id,
        first=pair.first[0].entry_id,
        second=pair.second[0].entry_id,
        decision=decision,
        area=pair.second[0].area,
        reason_sealed=None if reason is None else ring.encrypt(reason, f"{WORD}.{word_id}"),
        said_by=caller.client_id,
        said_at=now(),
    )
    session.add(made)
    session.flush()
    return made


def ranking(clerk: Clerk, area: str) -> list[Standing]:
    """The divisions directly below an area, the worst first: petitions per 1 000, then repeats, then overdue ones."""
    lead = "" if area == NATION else prefix(area)
    width = _WIDER.get(len(lead), 12)
    petitions, repeats, overdue = Counter[str](), Counter[str](), Counter[str]()
    for row in store.live(clerk, PETITION, lead or None):
        unit = clerk.caller.lineage.one(row.area)[:width]
        petitions[unit] += 1
        overdue[unit] += row.due_on is not None and row.due_on < clerk.day
    repeated = {pair.second[0].entry_id: pair.second[0].area for pair in found(clerk)[0] if pair.decision == CONFIRM}
    mine = [one for one in repeated.values() if holds(clerk.caller, area, one)]
    repeats.update(clerk.caller.lineage.one(one)[:width] for one in mine)
    helped = supported(clerk, area, width)
    names = _names(clerk, [code.ljust(12, "0") for code in {*petitions, *helped}])
    rows = [
        Standing(
            full := code.ljust(12, "0"), names.get(full, full), petitions[code], repeats[code], overdue[code],
            helped[code],
        )
        for code in {*petitions, *helped}
    ]  # fmt: skip
    return sorted(rows, key=lambda one: (-(one.per_thousand or 0), -one.repeats, -one.overdue, one.area))


def supported(clerk: Clerk, area: str, width: int) -> Counter[str]:
    """How many people of an area are covered on the clerk's day, by the leading digits of the division."""
    lead = "" if area == NATION else prefix(area)
    query = (
        select(Coverage.person_id, Coverage.area)
        .where(
            col(Coverage.programme).in_(sorted(COVERING)),
            in_part(clerk.caller, col(Coverage.area), lead),
            *running(Coverage, Asked(clerk.day)),
            within(clerk.caller, col(Coverage.area)),
        )
        .distinct()
    )
    places = dict(clerk.session.exec(query).all()).values()
    return Counter(clerk.caller.lineage.one(area)[:width] for area in places)


def _names(clerk: Clerk, codes: Sequence[str]) -> dict[str, str]:
    query = select(Area.code, Area.name).where(col(Area.code).in_(codes)).order_by(col(Area.valid_from))
    return dict(clerk.session.exec(query).all())
