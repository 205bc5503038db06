"""Putting persons together, many at a time: four queries for any number of persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from china import masks
from kit.auth import Caller
from kit.crypto import KeyRing
from kit.scope import within
from registry.coverage import store as coverage
from registry.coverage.schemas import SourceOut
from registry.households import store as households
from registry.persons import store as persons
from registry.persons.sealed import ID_NUMBER, PHONE, follows, unseal
from registry.persons.tables import Person, PersonVersion
from registry.times import NOW, Asked, standing
from registry.views.schemas import FormerOut, PersonDetailOut, PersonOut
from registry.views.shield import shielded, unnamed

BULK = 500


@dataclass(frozen=True)
class Viewer:
    """Who looks: the session, the keys and the caller; `revealed` when it asked for identity and was counted."""

    session: Session
    ring: KeyRing
    caller: Caller
    revealed: bool = False

    @property
    def sees_identity(self) -> bool:
        """Whether this caller is told who somebody is."""
        return self.revealed or follows(self.caller)


def by_ids(viewer: Viewer, person_ids: Sequence[str]) -> dict[str, PersonOut]:
    """The present, unmerged persons of these ids within the caller's area."""
    rows: list[PersonVersion] = []
    for start in range(0, len(person_ids), BULK):
        query = (
            select(PersonVersion)
            .join(Person, col(Person.person_id) == col(PersonVersion.person_id))
            .where(
                col(PersonVersion.person_id).in_(person_ids[start : start + BULK]),
                *standing(PersonVersion, NOW),
                col(Person.survivor_id).is_(None),
                within(viewer.caller, col(PersonVersion.area)),
            )
        )
        rows += viewer.session.exec(query).all()
    return {one.person_id: one for one in assemble(viewer, rows)}


def bearers(viewer: Viewer, wanted: persons.Named, after: str, limit: int) -> list[PersonVersion]:
    """As many bearers of a name as fit on a page. Whoever is protected from this caller is passed over as if not there:
    by a name one knows, one would learn in which place they are."""
    found: list[PersonVersion] = []
    while True:
        rows = persons.named(viewer.session, viewer.caller, wanted, after, limit)
        hidden = unnamed(viewer.session, viewer.caller, [row.person_id for row in rows])
        found += [row for row in rows if row.person_id not in hidden]
        if len(found) >= limit or len(rows) < limit:
            return found[:limit]
        after = rows[-1].person_id


def assemble(viewer: Viewer, rows: Sequence[PersonVersion]) -> list[PersonOut]:
    """These versions with what belongs to their persons now."""
    return [PersonOut(**fields) for fields in _fields(viewer, rows)]


def detail(viewer: Viewer, row: PersonVersion, asked: Asked) -> PersonDetailOut:
    """One version with its times, and what belonged to its person on the same day by the same knowledge."""
    return PersonDetailOut(
        **_fields(viewer, [row], asked)[0],
        died_on=row.died_on,
        version=row.version,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        recorded_at=row.recorded_at,
        superseded_at=row.superseded_at,
    )


def _fields(viewer: Viewer, rows: Sequence[PersonVersion], asked: Asked = NOW) -> list[dict[str, Any]]:
    session, ids = viewer.session, [row.person_id for row in rows]
    places = households.places(session, viewer.caller, ids, asked)
    held = coverage.of_persons(session, viewer.caller, ids, asked)
    paused = coverage.pauses(session, (one.coverage_id for those in held.values() for one in those), asked)
    former = persons.former(session, viewer.ring, ids, asked)
    subjects = _subjects(session, ids)
    shown = [
        {
            "person_id": row.person_id,
            "subject_id": subjects.get(row.person_id),
            "survivor_id": None,
            **_identity(viewer, row),
            **_place(places.get(row.person_id)),
            "former": [
                FormerOut(name=_name(viewer, name), id_number=_number(viewer, number))
                for name, number in former.get(row.person_id, [])
            ],
            "coverage": [coverage.out(one, paused.get(one.coverage_id, ())) for one in held.get(row.person_id, [])],
            "source": _source(row),
        }
        for row in rows
    ]
    return shielded(session, viewer.caller, shown)


def _identity(viewer: Viewer, row: PersonVersion) -> dict[str, Any]:
    phone = unseal(viewer.ring, row.phone_sealed, PHONE)
    return {
        "name": _name(viewer, row.name),
        "id_number": _number(viewer, unseal(viewer.ring, row.id_number_sealed, ID_NUMBER)),
        "sex": row.sex,
        "birth_date": row.birth_date,
        "ethnic": row.ethnic,
        "division": row.division,
        "address": row.address if viewer.sees_identity else None,
        "phone": phone if viewer.sees_identity else masks.mask_phone(phone),
    }


def _name(viewer: Viewer, name: str) -> str:
    return name if viewer.sees_identity else str(masks.mask_name(name))


def _number(viewer: Viewer, number: str | None) -> str | None:
    return number if viewer.sees_identity else masks.mask_number(number)


def _place(place: households.Place | None) -> dict[str, Any]:
    return {
        "household_id": place.household_id if place else None,
        "household_number": place.number if place else None,
        "relation": place.relation if place else None,
        "is_head": bool(place and place.is_head),
    }


def _source(row: PersonVersion) -> SourceOut | None:
    if row.source_import is None or row.source_line is None:
        return None
    return SourceOut(import_id=row.source_import, line=row.source_line)


def _subjects(session: Session, ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(ids), BULK):
        query = select(Person.person_id, Person.subject_id).where(
            col(Person.person_id).in_(ids[start : start + BULK]), col(Person.subject_id).is_not(None)
        )
        found.update((person_id, subject) for person_id, subject in session.exec(query) if subject is not None)
    return found
