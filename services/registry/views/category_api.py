"""A person's and a household's categories of low-income people, on a day, by the knowledge of a moment."""

from typing import Annotated

from fastapi import APIRouter, Depends

from kit.problems import REFUSALS, NotFound, problems
from registry import times
from registry.audit.store import note
from registry.categories.people import Asker, of_people, told
from registry.categories.schemas import HouseholdCategoriesOut, PersonCategoriesOut
from registry.desk import Desk, writes
from registry.households import store as households
from registry.persons import protections
from registry.persons import store as persons
from registry.settings import today
from registry.times import AsOf, KnownAt

router = APIRouter(tags=["categories"])
Reader = Annotated[Desk, Depends(writes("registry:read"))]


@router.get("/persons/{person_id}/categories", responses=problems(*REFUSALS, NotFound))
def get_person_categories(
    desk: Reader, person_id: str, as_of: AsOf = None, known_at: KnownAt = None
) -> PersonCategoriesOut:
    """The categories a person is in on a day (today by default), as known at a moment, by the definitions of its area;
    counted once, at the highest."""
    then = times.Asked(as_of or today(desk.settings), known_at)
    row = persons.find(desk.session, desk.caller, person_id, then)
    asker = Asker(desk.session, desk.caller, then)
    found = of_people(asker, {row.person_id: row.area})
    note(desk.session, desk.ring, desk.caller, "category.read", row.person_id)
    return told(row.person_id, asker.day, found[row.person_id])


@router.get("/households/{household_id}/categories", responses=problems(*REFUSALS, NotFound))
def get_household_categories(
    desk: Reader, household_id: str, as_of: AsOf = None, known_at: KnownAt = None
) -> HouseholdCategoriesOut:
    """The categories of a household's members on a day, as known at a moment; its own is the highest of them."""
    session, caller = desk.session, desk.caller
    then = times.Asked(as_of or today(desk.settings), known_at)
    households.find(session, caller, household_id, then)
    members = [one.person_id for one in households.members(session, caller, household_id, then)]
    hidden = protections.hidden(session, caller, members)
    rows = [persons.find(session, caller, one, then) for one in members if one not in hidden]
    asker = Asker(session, caller, then)
    found = of_people(asker, {row.person_id: row.area for row in rows})
    ids = [row.person_id for row in rows]
    note(session, desk.ring, caller, "category.household", household_id, persons=ids)
    ranked = sorted((one for reasons in found.values() for one in reasons), key=lambda one: (one.rank, one.category))
    return HouseholdCategoriesOut(
        household_id=household_id,
        as_of=asker.day,
        highest=ranked[0].category if ranked else None,
        members=[told(one, asker.day, found[one]) for one in ids],
    )
