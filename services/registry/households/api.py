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
    known = store.shielded(desk.session, desk.caller, members)
    if desk.caller.terms is not None and not known:
        raise NotFound  # nobody of it may be told to another agency: then not that it is there either
    note(
        desk.session,
        desk.ring,
        desk.caller,
        "household.read",
        household_id,
        persons=len(members),
        revealed=sees_identity(desk.caller),
    )
    area = _area(desk, found.area, len(members) - len(known))
    return HouseholdOut(household_id=household_id, number=found.number, area=area, members=known)


def _area(desk: Desk, area: str, kept_back: int) -> str:
    """To another agency the village only where everybody of it may be told."""
    return f"{area[:9]}000" if desk.caller.terms is not None and kept_back else area
