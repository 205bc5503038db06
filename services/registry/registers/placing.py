"""Whom and what an entry is about: its people by number and name, its household by 户号, its case, and so its area.

Whoever is not known in the registry stays in the entry as said. All entries of a call are looked up at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.crypto import KeyRing
from kit.problems import NotFound
from kit.scope import covers, within
from registry.desk import Desk
from registry.households.store import places
from registry.households.tables import Household
from registry.ledger.store import visible
from registry.ledger.tables import Case
from registry.ledger.terms import Terms as LedgerTerms
from registry.persons import store as persons
from registry.persons.sealed import ID_NUMBER, unseal
from registry.persons.tables import PersonVersion
from registry.registers.declaring import Kind, Limit, Register, Terms
from registry.registers.showing import people_of
from registry.registers.values import Mistake, is_id
from registry.settings import today
from registry.standards.store import Standards, of_area

BULK = 500
UNKNOWN = "没有此人，或不在您的范围内 (no such person)"


@dataclass(frozen=True)
class Clerk:
    """Who keeps a register: the transaction, the keys, the caller, the day and the county's terms."""

    session: Session
    ring: KeyRing
    caller: Caller
    day: date
    terms: Terms
    _standards: dict[str, Standards] = field(default_factory=dict, compare=False, repr=False)

    def limit(self, area: str) -> Limit:
        """What the standards of an area say; each area is looked up once."""
        if area not in self._standards:
            self._standards[area] = of_area(self.session, area)
        return self._standards[area].value

    @classmethod
    def of(cls, desk: Desk) -> "Clerk":
        """The clerk behind a desk."""
        told = desk.settings
        terms = Terms(
            calendar=LedgerTerms.of(told).calendar,
            reassess_days=told.reassess_working_days,
            notice_days=told.expiry_notice_days,
            custodian_cards=told.custodian_cards,
            decision_days=told.decision_working_days,
            aid_papers_days=told.aid_papers_working_days,
        )
        return cls(desk.session, desk.ring, desk.caller, today(told), terms)


@dataclass(frozen=True)
class Placed:
    """An entry with what it is about; `area` None: not yet known, then as `settled` finds. `mistakes`: what is not."""

    values: dict[str, Any]
    area: str | None = None
    person_id: str | None = None
    household_id: str | None = None
    case_id: str | None = None
    mistakes: tuple[Mistake, ...] = ()


@dataclass
class _Known:
    """What was looked up for all entries: holders by number, areas by id."""

    holders: Mapping[str, Sequence[Any]]
    households: Mapping[str, tuple[str, str]]
    cases: Mapping[str, str]
    areas: dict[str, str] = field(default_factory=dict)


def placed(clerk: Clerk, register: Register, entries: Sequence[Placed]) -> list[Placed]:
    """The entries (their values sound) with what they are about, as far as the caller may know it."""
    kinds: dict[Kind, str] = {one.kind: one.name for one in register.fields if one.kind in {Kind.HOUSEHOLD, Kind.CASE}}
    known = _Known(
        persons.holders(clerk.session, clerk.ring, clerk.caller, _numbers(register, entries)),
        _households(clerk, _said(entries, kinds.get(Kind.HOUSEHOLD))),
        _cases(clerk, _said(entries, kinds.get(Kind.CASE))),
    )
    found = [_about(register, kinds, one, known) for one in (_people(clerk, register, one, known) for one in entries)]
    homes = places(clerk.session, clerk.caller, sorted({one.person_id for one in found if one.person_id}))
    return [_settled(clerk, one, homes) for one in found]


def completed(clerk: Clerk, register: Register, said: Mapping[str, Any]) -> tuple[dict[str, Any], list[Mistake]]:
    """What was said, people named by their id alone with name and number; and of those who are not known, that."""
    values, mistakes = dict(said), list[Mistake]()
    for one in register.fields:
        value = values.get(one.name)
        if one.kind is not Kind.PERSON or not isinstance(value, Mapping) or "name" in value:
            continue
        row = _found(clerk, value.get("person_id"))
        if row is None:
            mistakes.append(Mistake(one.name, "person-unknown", UNKNOWN, "person_id"))
            del values[one.name]
            continue
        number = unseal(clerk.ring, row.id_number_sealed, ID_NUMBER)
        values[one.name] = {"name": row.name, "id_number": number, "person_id": row.person_id}
    return values, mistakes


def come_since(clerk: Clerk, people: Iterable[Mapping[str, str] | None]) -> dict[tuple[str, str], str]:
    """Whoever of them came into the registry after an entry named them: (number, name) → who that is."""
    wanted = {(one["id_number"], one["name"]) for one in people if one and one.get("id_number")}
    holders = persons.holders(clerk.session, clerk.ring, clerk.caller, {number for number, _ in wanted})
    chosen = {of: persons.chosen(holders.get(of[0], ()), of[1]) for of in wanted}
    return {of: rows[0].person_id for of, rows in chosen.items() if len(rows) == 1}


def _numbers(register: Register, entries: Iterable[Placed]) -> list[str]:
    people = (value for one in entries for _, value in people_of(register, one.values))
    return sorted({number for value in people if (number := value.get("id_number"))})


def _said(entries: Iterable[Placed], name: str | None) -> list[str]:
    return sorted({one.values[name] for one in entries if name and one.values.get(name)})


def _households(clerk: Clerk, numbers: Sequence[str]) -> dict[str, tuple[str, str]]:
    """户号 → (household_id, area); a number of several counties names none of them."""
    found: dict[str, list[tuple[str, str]]] = {}
    for start in range(0, len(numbers), BULK):
        query = select(Household).where(
            col(Household.number).in_(numbers[start : start + BULK]), within(clerk.caller, col(Household.area))
        )
        for row in clerk.session.exec(query):
            found.setdefault(row.number, []).append((row.household_id, row.area))
    return {number: ones[0] for number, ones in found.items() if len(ones) == 1}


def _cases(clerk: Clerk, ids: Sequence[str]) -> dict[str, str]:
    """case_id → area of the cases the caller may see."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), BULK):
        query = select(Case.case_id, Case.area).where(
            col(Case.case_id).in_(ids[start : start + BULK]), visible(clerk.caller)
        )
        found.update(clerk.session.exec(query).all())
    return found


def _people(clerk: Clerk, register: Register, entry: Placed, known: _Known) -> Placed:
    """Everybody with the id the registry knows them by, where number and name are one living (or late) person's."""
    values = dict(entry.values)
    for name, said in people_of(register, entry.values):
        number = said.get("id_number")
        kept = {part: value for part, value in said.items() if part != "person_id"}
        if number is not None:
            found = persons.chosen(known.holders.get(number, ()), said["name"])
        else:
            found = _by_id(clerk, said)
        if len(found) == 1:
            kept["person_id"] = found[0].person_id
            known.areas[found[0].person_id] = found[0].area
        values[name] = kept
    return replace(entry, values=values)


def _by_id(clerk: Clerk, said: Mapping[str, str]) -> list[Any]:
    """Somebody without a number, named by id."""
    row = _found(clerk, said.get("person_id"))
    return [row] if row is not None and row.name == said["name"] else []


def _found(clerk: Clerk, person_id: Any) -> PersonVersion | None:
    """The person of that id, if it is one and the caller's."""
    try:
        return persons.find(clerk.session, clerk.caller, person_id) if is_id(person_id) else None
    except NotFound:
        return None


def _about(register: Register, kinds: Mapping[Kind, str], entry: Placed, known: _Known) -> Placed:
    values = entry.values
    subject = values.get(register.subject or "")
    person_id = subject.get("person_id") if isinstance(subject, dict) else None
    home = known.households.get(values.get(kinds.get(Kind.HOUSEHOLD, ""), ""))
    case_id = values.get(kinds.get(Kind.CASE, ""))
    mistakes = entry.mistakes
    if case_id is not None and case_id not in known.cases:
        told = "没有此台账事项，或不在您的范围内 (no such case)"
        mistakes = (*mistakes, Mistake(kinds[Kind.CASE], "case-unknown", told))
    if register.about == "area":  # a fund is its township's, whoever was paid out of it
        known = replace(known, areas={})
    area = entry.area or known.areas.get(person_id or "") or known.cases.get(case_id or "") or (home and home[1])
    return replace(
        entry,
        area=area or None,
        person_id=person_id,
        household_id=home[0] if home else None,
        case_id=case_id,
        mistakes=mistakes,
    )


def _settled(clerk: Clerk, entry: Placed, homes: Mapping[str, Any]) -> Placed:
    """The household of whom the entry is about, where none was named; the caller's own area where none is known."""
    area, home = entry.area or clerk.caller.area, homes.get(entry.person_id or "")
    mistakes = entry.mistakes
    if not covers(clerk.caller.area, area):
        mistakes = (*mistakes, Mistake("area", "area-outside", "该区划不在您的范围内 (that area is not within yours)"))
    household = entry.household_id or (home.household_id if home else None)
    return replace(entry, area=area, household_id=household, mistakes=mistakes)
