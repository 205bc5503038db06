"""What is due of a register by a day: entries whose day has come, doubtful ones, and what is not there at all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from kit.scope import NATION, holds, in_part, within
from registry.coverage.tables import Coverage
from registry.persons import store as persons
from registry.persons.tables import PersonVersion
from registry.registers import store
from registry.registers.beside import doubted
from registry.registers.catalogue import REGISTERS
from registry.registers.declaring import Many, MissingAfter, MissingOfCovered, Reason, Register, Values
from registry.registers.placing import Clerk
from registry.registers.store import Content
from registry.registers.tables import RegisterEntry
from registry.registers.telling import contents
from registry.times import NOW, Asked, running, standing

BULK = 500
Opened = Sequence[tuple[RegisterEntry, Content]]


@dataclass(frozen=True, order=True)
class DueItem:
    """One line of the list; in order of area, reason and what it is about."""

    area: str
    reason_code: str
    key: str  # the entry's id, or the person's
    reason: Reason
    entry_id: str | None = None
    person_id: str | None = None
    name: str | None = None  # in the clear, for the caller to mask
    due_on: date | None = None


@dataclass(frozen=True)
class Ground:
    """The list asked for: of which register, by which day, in which part of the caller's area."""

    clerk: Clerk
    register: Register
    day: date  # on which people are covered and entries valid
    by: date  # until when what is due is told: notice may come before the day
    area: str | None

    def asks_for(self, area: str) -> bool:
        """Whether that is in the part asked for."""
        return self.area is None or holds(self.clerk.caller, self.area.ljust(len(NATION), "0"), area)


def listed(ground: Ground) -> list[DueItem]:
    """Everything due, doubted or missing, in order."""
    opened = contents(ground.clerk, store.live(ground.clerk, ground.register.id, ground.area))
    found = [*_of_entries(ground, opened)]
    for entry, reason in doubted(ground.clerk, ground.register):
        if ground.asks_for(entry[0].area):
            found.append(_item(ground.register, reason, entry))
    for many in ground.register.many:
        found += _in_many(ground, many)
    for missing in ground.register.missing:
        found += _uncovered(ground, missing) if isinstance(missing, MissingOfCovered) else _after(ground, missing)
    return sorted(found, key=lambda one: (one.area, one.reason_code, one.key))


def _of_entries(ground: Ground, opened: Opened) -> Iterator[DueItem]:
    register = ground.register
    for row, content in opened:
        if register.due is not None and row.due_on is not None and row.due_on <= ground.by:
            yield _item(register, register.due.reason, (row, content), row.due_on)
        for doubt in register.doubts:
            if doubt.holds(content.values, ground.day):
                yield _item(register, doubt.reason, (row, content))


def _item(
    register: Register, reason: Reason, opened: tuple[RegisterEntry, Content], due_on: date | None = None
) -> DueItem:
    row, content = opened
    subject = content.values.get(register.subject or "")
    name = subject["name"] if isinstance(subject, dict) else None
    return DueItem(row.area, reason.code, row.entry_id, reason, row.entry_id, row.person_id, name, due_on)


def _in_many(ground: Ground, many: Many) -> Iterator[DueItem]:
    """Counted over all the caller may see, told of the part asked for."""
    by_person: dict[str, list[tuple[RegisterEntry, Content]]] = {}
    for row, content in contents(ground.clerk, store.live(ground.clerk, ground.register.id)):
        if (who := who_is(content.values, many.of)) is not None:
            by_person.setdefault(who, []).append((row, content))
    for held in by_person.values():
        if len(held) > many.most(ground.clerk.terms):
            yield from (_item(ground.register, many.reason, one) for one in held if ground.asks_for(one[0].area))


def who_is(values: Values, name: str) -> str | None:
    """By what somebody in a field is known as the same: the number, else the registry's id, else the name."""
    said = values.get(name)
    return None if said is None else said.get("id_number") or said.get("person_id") or said["name"]


def _uncovered(ground: Ground, missing: MissingOfCovered) -> Iterator[DueItem]:
    """Covered people without an entry that is valid on the day: one that expired before is none."""
    clerk = ground.clerk
    held = contents(clerk, store.live(clerk, ground.register.id))
    valid = [one for one in held if one[0].due_on is None or one[0].due_on >= ground.day]
    having = _people_of(clerk, ground.register, valid)
    covered = {one: area for one, area in _covered(ground, missing.programmes) if one not in having}
    names = _names(clerk, list(covered))
    for person_id, area in covered.items():
        name = names.get(person_id)
        if name is not None and name[1] is None:  # the dead need none
            yield DueItem(area, missing.reason.code, person_id, missing.reason, None, person_id, name[0])


def _people_of(clerk: Clerk, register: Register, opened: Opened) -> set[str]:
    """The registry's ids of those the entries are about, also of whoever came into the registry after the entry."""
    found = {row.person_id for row, _ in opened if row.person_id is not None}
    late = [content.values.get(register.subject or "") for row, content in opened if row.person_id is None]
    numbers = {said["id_number"]: said["name"] for said in late if said and said.get("id_number")}
    for number, holders in persons.holders(clerk.session, clerk.ring, clerk.caller, numbers).items():
        found |= {row.person_id for row in persons.chosen(holders, numbers[number])}
    return found


def _covered(ground: Ground, programmes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(person, area) of everybody covered by one of these on the day."""
    query = select(Coverage.person_id, Coverage.area).where(
        col(Coverage.programme).in_(sorted(programmes)),
        *running(Coverage, Asked(ground.day)),
        within(ground.clerk.caller, col(Coverage.area)),
    )
    if ground.area is not None:
        query = query.where(in_part(ground.clerk.caller, col(Coverage.area), ground.area))
    yield from ground.clerk.session.exec(query.order_by(col(Coverage.area), col(Coverage.person_id)))


def _names(clerk: Clerk, ids: Sequence[str]) -> Mapping[str, tuple[str, date | None]]:
    """Name and day of death of these persons."""
    found: dict[str, tuple[str, date | None]] = {}
    for start in range(0, len(ids), BULK):
        query = select(PersonVersion).where(
            col(PersonVersion.person_id).in_(ids[start : start + BULK]),
            *standing(PersonVersion, NOW),
            within(clerk.caller, col(PersonVersion.area)),
        )
        found.update((row.person_id, (row.name, row.died_on)) for row in clerk.session.exec(query))
    return found


def _after(ground: Ground, missing: MissingAfter) -> Iterator[DueItem]:
    """Whoever stands in an entry of the other register and in none of this one."""
    clerk, other = ground.clerk, REGISTERS[missing.register]
    done = {
        who_is(content.values, missing.own) for _, content in contents(clerk, store.live(clerk, ground.register.id))
    }
    seen: set[str] = set()
    for row, content in contents(clerk, store.live(clerk, other.id, ground.area)):
        who = who_is(content.values, missing.of)
        if who is None or who in done or who in seen:
            continue
        seen.add(who)
        said = content.values[missing.of]
        person_id = said.get("person_id")
        key = person_id or row.entry_id
        yield DueItem(row.area, missing.reason.code, key, missing.reason, None, person_id, said["name"])
