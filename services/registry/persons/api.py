"""Registering and altering persons by hand; reading them is in `views`, which knows household and coverage."""

from typing import Annotated

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
from registry.persons.schemas import PersonIn, PersonPatchIn, PersonWrittenOut
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


@router.patch(
    "/persons/{person_id}",
    responses=problems(*REFUSALS, *REPEATS, NotFound, AreaOutside, VersionMissing, VersionMismatch, DateUnordered),
)
def alter_person(desk: Writer, person_id: str, body: PersonPatchIn, if_match: IfMatch = None) -> PersonWrittenOut:
    """Correct a person, or (with `valid_from`) record what changed on that day. If-Match names the version seen."""
    session, ring, caller = desk.session, desk.ring, desk.caller
    take_turns(session, "persons")
    present = store.find(session, caller, person_id)
    check_version(if_match, present.version)
    changes = body.model_dump(exclude_unset=True, exclude={"valid_from"})
    if changes.get("division") is not None and not covers(caller.area, changes["division"]):
        raise AreaOutside
    row = store.revise(session, present, store.columns_of(ring, changes, present.area), body.valid_from)
    # Whoever followed the place left must hear of it too.
    tell(session, [Touched("person", row.person_id, area) for area in dict.fromkeys((present.area, row.area))])
    note(session, ring, caller, "person.alter", row.person_id, fields=sorted(changes))
    return _written(desk, row)


def _written(desk: Desk, row: PersonVersion) -> PersonWrittenOut:
    desk.tag(row.version)
    return PersonWrittenOut(person_id=row.person_id, version=row.version, recorded_at=row.recorded_at)
