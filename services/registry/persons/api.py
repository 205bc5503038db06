"""Registering and altering persons by hand; reading them is in `views`, which knows household and coverage."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from kit.problems import REFUSALS, REPEATS, NotFound, VersionMismatch, VersionMissing, problems
from kit.scope import covers
from registry.access.problems import AreaOutside
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell
from registry.desk import Desk, IfMatch, check_version, writes
from registry.persons import store
from registry.persons.problems import DateUnordered, PersonExists
from registry.persons.schemas import PersonAltered, PersonChangeIn, PersonIn, PersonPatchIn, PersonWrittenOut
from registry.persons.tables import PersonVersion
from registry.settings import today
from registry.table import IdempotentRoute, take_turns

router = APIRouter(tags=["persons"], route_class=IdempotentRoute)
Writer = Annotated[Desk, Depends(writes("registry:write"))]


@router.post("/persons", status_code=201, responses=problems(*REFUSALS, *REPEATS, AreaOutside, PersonExists))
def create_person(desk: Writer, body: PersonIn) -> PersonWrittenOut:
    """Register a person. The same number and name twice is refused: it is the same person."""
    session, ring, caller = desk.session, desk.ring, desk.caller
    if body.division is not None and not covers(caller.area, body.division):
        raise AreaOutside
    take_turns(session, "persons")
    key = store.number_key(body.id_number)
    if key is not None:
        for other in store.holders(session, ring, caller, [key]).get(key, []):
            if other.name == body.name:
                raise PersonExists(person_id=other.person_id)
    values = body.model_dump(exclude={"subject_id", "valid_from"})
    columns = store.columns_of(ring, values, caller.area)
    row = store.create(session, columns, body.valid_from or today(desk.settings), body.subject_id)
    tell(session, [Touched("person", row.person_id, row.area)])
    note(session, ring, caller, "person.create", row.person_id)
    desk.locate("get_person", person_id=row.person_id)
    return _written(desk, row)


ALTERING = problems(*REFUSALS, *REPEATS, NotFound, AreaOutside, VersionMissing, VersionMismatch, DateUnordered)


@router.patch("/persons/{person_id}", responses=ALTERING)
def correct_person(desk: Writer, person_id: str, body: PersonPatchIn, if_match: IfMatch = None) -> PersonWrittenOut:
    """Correct a record that was wrong; what was believed until now stays on record. If-Match names the version seen."""
    present, values = _to_alter(desk, person_id, body, if_match, {"valid_from", "valid_to"})
    days = None if body.valid_from is None else (body.valid_from, body.valid_to)
    row = store.correct(desk.session, desk.ring, desk.caller, present, values, days)
    return _altered(desk, present, row, "correct", values)


@router.post("/persons/{person_id}/changes", responses=ALTERING)
def change_person(desk: Writer, person_id: str, body: PersonChangeIn, if_match: IfMatch = None) -> PersonWrittenOut:
    """Record what changed in the world on a day; what was so before stays so for the days before. If-Match names the
    version seen."""
    present, values = _to_alter(desk, person_id, body, if_match, {"on"})
    row = store.change(desk.session, desk.ring, present, values, body.on)
    return _altered(desk, present, row, "change", values)


def _to_alter(
    desk: Desk, person_id: str, body: PersonAltered, if_match: str | None, days: set[str]
) -> tuple[PersonVersion, dict[str, Any]]:
    """The version to alter, and what is said of it. Raises NotFound, VersionMissing, VersionMismatch, AreaOutside."""
    take_turns(desk.session, "persons")
    present = store.find(desk.session, desk.caller, person_id)
    check_version(if_match, present.version)
    values = body.model_dump(exclude_unset=True, exclude=days)
    if values.get("division") is not None and not covers(desk.caller.area, values["division"]):
        raise AreaOutside
    return present, values


def _altered(
    desk: Desk, present: PersonVersion, row: PersonVersion, action: str, values: Mapping[str, Any]
) -> PersonWrittenOut:
    # Whoever followed the place left must hear of it too.
    tell(desk.session, [Touched("person", row.person_id, area) for area in dict.fromkeys((present.area, row.area))])
    note(desk.session, desk.ring, desk.caller, f"person.{action}", row.person_id, fields=sorted(values))
    return _written(desk, row)


def _written(desk: Desk, row: PersonVersion) -> PersonWrittenOut:
    desk.tag(row.version)
    return PersonWrittenOut(person_id=row.person_id, version=row.version, recorded_at=row.recorded_at)
