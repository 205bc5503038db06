"""Looking up and reading persons; every sight of one is an entry in the journal."""

from typing import Annotated

from fastapi import APIRouter, Depends

from china.names import spellings
from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, NotFound, problems
from kit.reveals import Seen
from kit.scope import prefix
from kit.shapes import UnderArea
from registry import times
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.reveals import READ_PROBLEMS, Asked, Unmasking, tell
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.persons import store as persons
from registry.persons.problems import IdentifierAmbiguous
from registry.persons.schemas import PersonLookupIn, PersonSearchIn
from registry.persons.tables import PersonVersion
from registry.times import AsOf, KnownAt
from registry.views.person import Viewer, assemble, bearers, detail
from registry.views.schemas import PersonDetailOut, PersonPageOut

router = APIRouter(tags=["persons"])
Reader = Annotated[Desk, Depends(writes("registry:read"))]


@router.post(
    "/persons/lookup",
    dependencies=[Depends(dear("lookup"))],
    responses=problems(TooManyRequests, *REFUSALS, *READ_PROBLEMS, NotFound, IdentifierAmbiguous),
)
def lookup_person(desk: Reader, body: PersonLookupIn, asked: Asked) -> PersonDetailOut:
    """The person with this number (and name), masked unless a token whose purpose is to reveal gives a `reason`. Absent
    and not yours look the same. Two living holders: 409."""
    session, ring, caller = desk.session, desk.ring, desk.caller
    key = persons.number_key(body.id_number)
    found = persons.chosen(persons.holders(session, ring, caller, [key]).get(key, []), body.name) if key else []
    if not found:
        raise NotFound
    if len(found) > 1:
        raise IdentifierAmbiguous(count=len(found))
    return _told(desk, "person.lookup", found[0], asked)


@router.post(
    "/persons/search",
    dependencies=[Depends(dear("lookup"))],
    responses=problems(TooManyRequests, *REFUSALS, *READ_PROBLEMS, AreaUnknown, CursorInvalid),
)
def search_persons(
    desk: Reader, body: PersonSearchIn, asked: Asked, page: Paged, area: UnderArea = None
) -> PersonPageOut:
    """Everybody of the caller's area who bears this whole name now, however its separators and blanks are written;
    masked unless a token whose purpose is to reveal gives a `reason`: everybody told is counted. Protected people are
    found by those alone who may see them."""
    require(desk.session, desk.caller, area)
    revealed = asked.of(desk.caller)
    viewer = Viewer(desk.session, desk.ring, desk.caller, revealed)
    wanted = persons.Named(spellings(body.name), prefix(area) if area else "")
    rows = bearers(viewer, wanted, str(page.after("person", "")), page.limit)
    if revealed:
        tell(desk, [Seen(row.person_id, row.area) for row in rows])
    ids = [row.person_id for row in rows]
    told = {"revealed": viewer.sees_identity, **({"reason": asked.reason} if revealed else {})}
    note(desk.session, desk.ring, desk.caller, "person.search", None, persons=ids, **told)
    cursor = page.onwards("person", ids[-1] if ids else "", full=len(ids) == page.limit)
    return PersonPageOut(persons=assemble(viewer, rows), cursor=cursor)


@router.get("/persons/{person_id}", responses=problems(*REFUSALS, *READ_PROBLEMS, NotFound))
def get_person(
    desk: Reader, person_id: str, asked: Asked, as_of: AsOf = None, known_at: KnownAt = None
) -> PersonDetailOut:
    """A person as it is, as it was on a day, as the registry believed then; masked unless a token whose purpose is to
    reveal gives a `reason`. A merged id answers with its survivor."""
    then = times.Asked(as_of, known_at)
    row = persons.find(desk.session, desk.caller, person_id, then)
    shown = _told(desk, "person.read", row, asked, then)
    desk.tag(row.version)
    return shown


def _told(
    desk: Desk, action: str, row: PersonVersion, asked: Unmasking, then: times.Asked = times.NOW
) -> PersonDetailOut:
    """The person as the caller may see it, counted where it is unmasked and on record in any case."""
    revealed = asked.of(desk.caller)
    if revealed:
        tell(desk, [Seen(row.person_id, row.area)])
    viewer = Viewer(desk.session, desk.ring, desk.caller, revealed)
    shown = detail(viewer, row, then)
    told = {"revealed": viewer.sees_identity, **({"reason": asked.reason} if revealed else {})}
    note(desk.session, desk.ring, desk.caller, action, row.person_id, **told)
    return shown
