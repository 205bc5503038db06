"""Reading and writing persons in both times. Every read carries the caller's scope."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from china import id_numbers
from kit.among import among
from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.problems import NotFound
from kit.scope import in_part, within
from registry.persons.merges import owners, resolve
from registry.persons.problems import DateUnordered
from registry.persons.sealed import ID_NUMBER, PHONE, blind, forms, seal
from registry.persons.tables import Person, PersonVersion
from registry.times import NOW, Asked, believed, standing

BULK = 500
Days = tuple[date, date | None]  # half-open; None = without end
_KEPT = ("name", "sex", "birth_date", "ethnic", "division", "address", "died_on")
_CARRIED = (*_KEPT, "id_number_sealed", "id_number_blind", "phone_sealed", "phone_blind", "area")


def number_key(text: str | None) -> str | None:
    """The form in which equal ID numbers are equal: cleaned, 15 digits as 18, a card cut to its number."""
    number = id_numbers.read(text)
    return None if number is None else number.id18 or number.text


def identities(session: Session, person_ids: Iterable[str]) -> list[str]:
    """These persons with everybody who was merged into them, whatever the number of steps."""
    return list(owners(session, person_ids))


def find(session: Session, caller: Caller, person_id: str, asked: Asked = NOW) -> PersonVersion:
    """The version of a person (of its survivor) within the caller's area. Raises NotFound: absent or not yours."""
    return own(session, caller, resolve(session, person_id, asked), asked)


def own(session: Session, caller: Caller, person_id: str, asked: Asked = NOW) -> PersonVersion:
    """The version of this very person, merged or not, within the caller's area. Raises NotFound."""
    query = select(PersonVersion).where(
        col(PersonVersion.person_id) == person_id,
        within(caller, col(PersonVersion.area)),
        *standing(PersonVersion, asked),
    )
    found = session.exec(query.order_by(col(PersonVersion.valid_from).desc())).first()
    if found is None:
        raise NotFound
    return found


def areas_of(session: Session, person_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Where the present record of each of these persons lies; without a scope: for the feed, never for an answer."""
    found: list[tuple[str, str]] = []
    for start in range(0, len(person_ids), BULK):
        query = select(PersonVersion.person_id, PersonVersion.area).where(
            col(PersonVersion.person_id).in_(person_ids[start : start + BULK]), *standing(PersonVersion, NOW)
        )
        found += session.exec(query.order_by(col(PersonVersion.person_id))).all()
    return found


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
                *standing(PersonVersion, NOW),
            )
            .order_by(col(PersonVersion.died_on).is_not(None), col(PersonVersion.person_id))
        )
        for row in session.exec(query):
            found.setdefault(keys[str(row.id_number_blind)], []).append(row)
    return found


@dataclass(frozen=True)
class Named:
    """Whom a search by name means: of any of these spellings, in a subtree (its leading digits; none: everywhere)."""

    names: Sequence[str]
    area: str = ""


def named(session: Session, caller: Caller, wanted: Named, after: str, limit: int) -> Sequence[PersonVersion]:
    """The present, unmerged bearers of a name within the caller's area, with an id above `after`."""
    query = (
        select(PersonVersion)
        .join(Person, col(Person.person_id) == col(PersonVersion.person_id))
        .where(
            among(col(PersonVersion.name), wanted.names),
            col(PersonVersion.person_id) > after,
            col(Person.survivor_id).is_(None),
            within(caller, col(PersonVersion.area)),
            in_part(caller, col(PersonVersion.area), wanted.area),
            *standing(PersonVersion, NOW),
        )
    )
    return session.exec(query.order_by(col(PersonVersion.person_id)).limit(limit)).all()


def chosen(candidates: Sequence[PersonVersion], name: str | None) -> list[PersonVersion]:
    """Of the holders of one number those meant: of that name, and the living before the dead."""
    named = [row for row in candidates if name is None or row.name == name]
    return [row for row in named if row.died_on is None] or named


# Of a version, what tells an earlier name and number.
_TELLS = ("person_id", "name", "id_number_sealed", "superseded_at", "valid_to")


def former(
    session: Session, ring: KeyRing, person_ids: Sequence[str], asked: Asked = NOW
) -> dict[str, list[tuple[str, str | None]]]:
    """Earlier (name, ID number) pairs of each person, oldest first, those it was merged from included, without what was
    recorded only after the moment asked about.

    The numbers are in the clear: the caller masks.
    """
    found: dict[str, list[tuple[str, str | None]]] = {}
    for start in range(0, len(person_ids), BULK):
        ids = person_ids[start : start + BULK]
        owner = owners(session, ids, asked)
        query: Any = select(*(getattr(PersonVersion, name) for name in _TELLS)).where(
            col(PersonVersion.person_id).in_(list(owner))
        )
        if asked.known_at is not None:
            query = query.where(col(PersonVersion.recorded_at) <= asked.known_at)
        versions: dict[str, list[Any]] = {}
        ordered = (PersonVersion.recorded_at, PersonVersion.version, PersonVersion.version_id)  # always the same
        for row in session.exec(query.order_by(*map(col, ordered))):
            versions.setdefault(owner[row.person_id], []).append(row)
        found.update((person_id, _earlier(ring, person_id, rows)) for person_id, rows in versions.items() if rows[1:])
    return {person_id: pairs for person_id, pairs in found.items() if pairs}


def _earlier(ring: KeyRing, person_id: str, rows: Sequence[Any]) -> list[tuple[str, str | None]]:
    """Compared in the clear: while keys are rotated, one number stands under two indexes."""
    present, pairs = None, dict[tuple[str, str | None], str | None]()
    for row, number in zip(rows, ring.decrypt_all((row.id_number_sealed for row in rows), ID_NUMBER), strict=True):
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


def change(
    session: Session, ring: KeyRing, present: PersonVersion, values: Mapping[str, Any], on: date
) -> PersonVersion:
    """The world changed on that day (a move, a new telephone): what stood before stands until then.

    Raises DateUnordered when the day lies before the present version began: the days before are corrected, not changed.
    """
    if on < present.valid_from:
        raise DateUnordered
    return _restate(session, ring, [present], values, (on, None))


def correct(  # noqa: PLR0913, PLR0917 - whose record, as who, what is right, and for which days
    session: Session,
    ring: KeyRing,
    caller: Caller,
    present: PersonVersion,
    values: Mapping[str, Any],
    days: Days | None = None,
) -> PersonVersion:
    """The record was wrong: on these days, or for all of the present version. What was believed until now stays on
    record as that.

    Raises DateUnordered where the days are none, or begin before anything is known of the person within the caller's
    area.
    """
    begin, end = days or (present.valid_from, None)
    query = select(PersonVersion).where(
        col(PersonVersion.person_id) == present.person_id,
        within(caller, col(PersonVersion.area)),
        *believed(PersonVersion, NOW),
    )
    known = session.exec(query.order_by(col(PersonVersion.valid_from))).all()
    if begin < known[0].valid_from or (end is not None and end <= begin):
        raise DateUnordered
    meant = [row for row in known if row.valid_to is None or _overlap((row.valid_from, row.valid_to), (begin, end))]
    return _restate(session, ring, meant, values, (begin, end))


def _overlap(one: Days, other: Days) -> bool:
    ends = (one[1] or date.max, other[1] or date.max)
    return one[0] < ends[1] and other[0] < ends[0]


def _restate(
    session: Session, ring: KeyRing, rows: Sequence[PersonVersion], values: Mapping[str, Any], days: Days
) -> PersonVersion:
    """These rows, the present version among them, said anew: with `values` within `days`, as they were outside."""
    at = now()
    ids = [row.version_id for row in rows]
    session.execute(update(PersonVersion).where(col(PersonVersion.version_id).in_(ids)).values(superseded_at=at))
    written = [piece for row in rows for piece in _pieces(ring, row, values, days, at)]
    session.add_all(written)
    session.flush()
    return next(row for row in written if row.valid_to is None)


def _pieces(
    ring: KeyRing, row: PersonVersion, values: Mapping[str, Any], days: Days, at: datetime
) -> Iterator[PersonVersion]:
    begin, end = days[0], days[1] or date.max
    last = row.valid_to or date.max
    cuts = sorted({row.valid_from, last, *(cut for cut in (begin, end) if row.valid_from < cut < last)})
    carried = {name: getattr(row, name) for name in _CARRIED}
    for first, until in pairwise(cuts):
        meant = begin <= first < end
        yield PersonVersion(
            version_id=new_id(),
            person_id=row.person_id,
            version=row.version + (until == date.max),
            valid_from=first,
            valid_to=None if until == date.max else until,
            recorded_at=at,
            **{**carried, **(columns_of(ring, values, row.area) if meant else {})},
        )


def columns_of(ring: KeyRing, values: Mapping[str, Any], area: str) -> dict[str, Any]:
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
