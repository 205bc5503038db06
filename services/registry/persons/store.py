"""Reading and writing persons in both times. Every read carries the caller's scope."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from china import id_numbers
from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.problems import NotFound
from kit.scope import within
from registry.persons.problems import DateUnordered
from registry.persons.sealed import ID_NUMBER, PHONE, blind, forms, seal, unseal
from registry.persons.tables import Person, PersonVersion

BULK = 500
MAX_REDIRECTS = 10
_KEPT = ("name", "sex", "birth_date", "ethnic", "division", "address", "died_on")
_CARRIED = (*_KEPT, "id_number_sealed", "id_number_blind", "phone_sealed", "phone_blind", "area")


@dataclass(frozen=True)
class Asked:
    """Which days and which state of knowledge a reader asks for; None = now."""

    as_of: date | None = None
    known_at: datetime | None = None


def number_key(text: str | None) -> str | None:
    """The form in which equal ID numbers are equal: cleaned, 15 digits as 18, a card cut to its number."""
    number = id_numbers.read(text)
    return None if number is None else number.id18 or number.text


def resolve(session: Session, person_id: str) -> str:
    """Follow a merge to the person that remained. An unknown id stays what it is and is asked for all the same, so
    that the absent take no less time than another's."""
    for _ in range(MAX_REDIRECTS):
        person = session.get(Person, person_id)
        if person is None or person.survivor_id is None:
            return person_id
        person_id = person.survivor_id
    raise NotFound


def identities(session: Session, person_ids: Iterable[str]) -> list[str]:
    """These persons with everybody who was merged into them, whatever the number of steps."""
    found = dict.fromkeys(person_ids)
    fresh = list(found)
    while fresh:
        gone = session.exec(select(Person.person_id).where(col(Person.survivor_id).in_(fresh))).all()
        fresh = [one for one in gone if one not in found]
        found.update(dict.fromkeys(fresh))
    return list(found)


def find(session: Session, caller: Caller, person_id: str, asked: Asked | None = None) -> PersonVersion:
    """The version of a person (of its survivor) within the caller's area. Raises NotFound: absent or not yours."""
    asked = asked or Asked()
    query = select(PersonVersion).where(
        col(PersonVersion.person_id) == resolve(session, person_id),
        within(caller, col(PersonVersion.area)),
        *_at(asked),
    )
    found = session.exec(query.order_by(col(PersonVersion.valid_from).desc())).first()
    if found is None:
        raise NotFound
    return found


def _at(asked: Asked) -> list[Any]:
    """Half-open in both times."""
    if asked.known_at is None:
        believed: list[Any] = [col(PersonVersion.superseded_at).is_(None)]
    else:
        later = or_(col(PersonVersion.superseded_at).is_(None), col(PersonVersion.superseded_at) > asked.known_at)
        believed = [col(PersonVersion.recorded_at) <= asked.known_at, later]
    if asked.as_of is None:
        return [*believed, col(PersonVersion.valid_to).is_(None)]
    after = or_(col(PersonVersion.valid_to).is_(None), col(PersonVersion.valid_to) > asked.as_of)
    return [*believed, col(PersonVersion.valid_from) <= asked.as_of, after]


def holders(session: Session, ring: KeyRing, caller: Caller, numbers: Iterable[str]) -> dict[str, list[PersonVersion]]:
    """The present, unmerged holders within the caller's area of each number (by its key), the living first."""
    keys = forms(ring, dict.fromkeys(numbers), ID_NUMBER)
    found: dict[str, list[PersonVersion]] = {}
    blinds = list(keys)
    for start in range(0, len(blinds), BULK):
        query = (
            select(PersonVersion)
            .join(Person, col(Person.person_id) == col(PersonVersion.person_id))
            .where(
                col(PersonVersion.id_number_blind).in_(blinds[start : start + BULK]),
                col(Person.survivor_id).is_(None),
                within(caller, col(PersonVersion.area)),
                *_at(Asked()),
            )
            .order_by(col(PersonVersion.died_on).is_not(None), col(PersonVersion.person_id))
        )
        for row in session.exec(query):
            found.setdefault(keys[str(row.id_number_blind)], []).append(row)
    return found


def chosen(candidates: Sequence[PersonVersion], name: str | None) -> list[PersonVersion]:
    """Of the holders of one number those meant: of that name, and the living before the dead."""
    named = [row for row in candidates if name is None or row.name == name]
    return [row for row in named if row.died_on is None] or named


def former(session: Session, ring: KeyRing, person_ids: Sequence[str]) -> dict[str, list[tuple[str, str | None]]]:
    """Earlier (name, ID number) pairs of each person, oldest first, those it was merged from included.

    The numbers are in the clear: the caller masks.
    """
    found: dict[str, list[tuple[str, str | None]]] = {}
    for start in range(0, len(person_ids), BULK):
        ids = person_ids[start : start + BULK]
        owner = {one: one for one in ids}
        merged = select(Person.person_id, Person.survivor_id).where(col(Person.survivor_id).in_(ids))
        owner.update((gone, kept) for gone, kept in session.exec(merged) if kept is not None)
        query = select(PersonVersion).where(col(PersonVersion.person_id).in_(list(owner)))
        versions: dict[str, list[PersonVersion]] = {}
        for row in session.exec(query.order_by(col(PersonVersion.recorded_at), col(PersonVersion.version))):
            versions.setdefault(owner[row.person_id], []).append(row)
        found.update((person_id, _earlier(ring, person_id, rows)) for person_id, rows in versions.items() if rows[1:])
    return {person_id: pairs for person_id, pairs in found.items() if pairs}


def _earlier(ring: KeyRing, person_id: str, rows: Sequence[PersonVersion]) -> list[tuple[str, str | None]]:
    """Compared in the clear: while keys are rotated, one number stands under two indexes."""
    present, pairs = None, dict[tuple[str, str | None], str | None]()
    for row in rows:
        number = unseal(ring, row.id_number_sealed, ID_NUMBER)
        pair = (row.name, number_key(number))
        if row.person_id == person_id and row.superseded_at is None and row.valid_to is None:
            present = pair
        pairs.setdefault(pair, number)
    return [(pair[0], number) for pair, number in pairs.items() if pair != present]


def create(session: Session, columns: dict[str, Any], valid_from: date, subject_id: str | None = None) -> PersonVersion:
    """A new person with these columns (`columns_of`)."""
    at = now()
    person = Person(person_id=new_id(), subject_id=subject_id, created_at=at)
    session.add(person)
    session.flush()
    row = PersonVersion(
        version_id=new_id(),
        person_id=person.person_id,
        version=1,
        valid_from=valid_from,
        recorded_at=at,
        **columns,
    )
    session.add(row)
    session.flush()
    return row


def revise(session: Session, present: PersonVersion, columns: dict[str, Any], valid_from: date | None) -> PersonVersion:
    """Alter these columns (`columns_of`) of a person.

    Without `valid_from` the record was wrong; with it the world changed on that day. Raises DateUnordered when that
    day lies before the present version began.
    """
    if valid_from is not None and valid_from < present.valid_from:
        raise DateUnordered
    at = now()
    session.execute(
        update(PersonVersion).where(col(PersonVersion.version_id) == present.version_id).values(superseded_at=at)
    )
    carried = {name: getattr(present, name) for name in _CARRIED}
    if valid_from is not None and valid_from > present.valid_from:
        session.add(
            PersonVersion(
                version_id=new_id(),
                person_id=present.person_id,
                version=present.version,
                valid_from=present.valid_from,
                valid_to=valid_from,
                recorded_at=at,
                **carried,
            )
        )
    row = PersonVersion(
        version_id=new_id(),
        person_id=present.person_id,
        version=present.version + 1,
        valid_from=valid_from or present.valid_from,
        recorded_at=at,
        **{**carried, **columns},
    )
    session.add(row)
    session.flush()
    return row


def columns_of(ring: KeyRing, values: dict[str, Any], area: str) -> dict[str, Any]:
    """Fields as the wire has them → columns as the table keeps them, for those present in `values`."""
    columns = {name: values[name] for name in _KEPT if name in values}
    columns["area"] = values.get("division") or area
    if "id_number" in values:
        cleaned = id_numbers.clean(values["id_number"])
        columns["id_number_sealed"] = seal(ring, cleaned, ID_NUMBER)
        columns["id_number_blind"] = blind(ring, number_key(cleaned), ID_NUMBER)
    if "phone" in values:
        columns["phone_sealed"] = seal(ring, values["phone"], PHONE)
        columns["phone_blind"] = blind(ring, values["phone"], PHONE)
    return columns
