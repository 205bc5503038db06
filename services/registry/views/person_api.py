"""Looking up and reading persons; every sight of one is an entry in the journal."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from kit.limits import TooManyRequests, dear
from kit.problems import REFUSALS, NotFound, problems
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.persons import store as persons
from registry.persons.problems import IdentifierAmbiguous
from registry.persons.schemas import PersonLookupIn
from registry.views.person import Viewer, detail
from registry.views.schemas import PersonDetailOut

router = APIRouter(tags=["persons"])
Reader = Annotated[Desk, Depends(writes("registry:read"))]
AsOf = Annotated[date | None, Query(description="The day asked about, now by default")]
KnownAt = Annotated[AwareDatetime | None, Query(description="As the registry believed at that moment")]


@router.post(
    "/persons/lookup",
    dependencies=[Depends(dear("lookup"))],
    responses=problems(TooManyRequests, *REFUSALS, NotFound, IdentifierAmbiguous),
)
def lookup_person(desk: Reader, body: PersonLookupIn) -> PersonDetailOut:
    """The person with this number (and name). Absent and not yours look the same. Two living holders: 409."""
    session, ring, caller = desk.session, desk.ring, desk.caller
    key = persons.number_key(body.id_number)
    found = persons.chosen(persons.holders(session, ring, caller, [key]).get(key, []), body.name) if key else []
    if not found:
        raise NotFound
    if len(found) > 1:
        raise IdentifierAmbiguous(count=len(found))
    viewer = Viewer(session, ring, caller)
    shown = detail(viewer, found[0])
    note(session, ring, caller, "person.lookup", found[0].person_id, revealed=viewer.sees_identity)
    return shown


@router.get("/persons/{person_id}", responses=problems(*REFUSALS, NotFound))
def get_person(desk: Reader, person_id: str, as_of: AsOf = None, known_at: KnownAt = None) -> PersonDetailOut:
    """A person as it is, as it was on a day, as the registry believed then. A merged id answers with its survivor."""
    session, ring, caller = desk.session, desk.ring, desk.caller
    row = persons.find(session, caller, person_id, persons.Asked(as_of, known_at))
    viewer = Viewer(session, ring, caller)
    shown = detail(viewer, row)
    note(session, ring, caller, "person.read", row.person_id, revealed=viewer.sees_identity)
    desk.tag(row.version)
    return shown
