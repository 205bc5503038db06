"""Households: composition on a day."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends

from kit.problems import REFUSALS, NotFound, problems
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.households import store
from registry.households.schemas import HouseholdOut
from registry.persons.sealed import sees_identity
from registry.settings import today

router = APIRouter(tags=["households"])
Reader = Annotated[Desk, Depends(writes("registry:read"))]


@router.get("/households/{household_id}", responses=problems(*REFUSALS, NotFound))
def get_household(desk: Reader, household_id: str, on: date | None = None) -> HouseholdOut:
    """A household and who of the caller's area belonged to it (on a day, today by default); names masked unless the
    token may reveal."""
    found = store.find(desk.session, desk.caller, household_id)
    members = store.members(desk.session, desk.caller, household_id, on or today(desk.settings))
    note(
        desk.session,
        desk.ring,
        desk.caller,
        "household.read",
        household_id,
        persons=len(members),
        members=[one.person_id for one in members],
        revealed=sees_identity(desk.caller),
    )
    return HouseholdOut(household_id=household_id, number=found.number, area=found.area, members=members)
