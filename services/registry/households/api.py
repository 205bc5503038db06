"""Households: composition on a day."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends

from china.masks import mask_name
from kit.problems import REFUSALS, NotFound, problems
from kit.reveals import Seen
from registry.audit.reveals import READ_PROBLEMS, Asked, tell
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.households import store
from registry.households.schemas import HouseholdOut
from registry.persons.sealed import follows
from registry.settings import today

router = APIRouter(tags=["households"])
Reader = Annotated[Desk, Depends(writes("registry:read"))]


@router.get("/households/{household_id}", responses=problems(*REFUSALS, *READ_PROBLEMS, NotFound))
def get_household(desk: Reader, household_id: str, asked: Asked, on: date | None = None) -> HouseholdOut:
    """A household and who of the caller's area belonged to it (on a day, today by default); names masked unless a token
    whose purpose is to reveal gives a `reason`: everybody named is counted."""
    session, caller, revealed = desk.session, desk.caller, asked.of(desk.caller)
    found = store.find(session, caller, household_id)
    members = store.members(session, caller, household_id, on or today(desk.settings))
    if revealed:
        tell(desk, [Seen(one.person_id, found.area) for one in members])
    clear = revealed or follows(caller)
    told = {"revealed": clear, **({"reason": asked.reason} if revealed else {})}
    note(session, desk.ring, caller, "household.read", household_id, persons=len(members), **told)
    if not clear:
        members = [one.model_copy(update={"name": str(mask_name(one.name))}) for one in members]
    return HouseholdOut(household_id=household_id, number=found.number, area=found.area, members=members)
