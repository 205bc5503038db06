"""Households: composition on a day."""

from typing import Annotated

from fastapi import APIRouter, Depends

from china.masks import mask_name
from kit.problems import REFUSALS, NotFound, problems
from kit.reveals import Seen
from registry import times
from registry.audit.reveals import READ_PROBLEMS, Asked, tell
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.households import store
from registry.households.schemas import HouseholdOut
from registry.persons.sealed import follows
from registry.settings import today
from registry.times import AsOf, KnownAt

router = APIRouter(tags=["households"])
Reader = Annotated[Desk, Depends(writes("registry:read"))]


@router.get("/households/{household_id}", responses=problems(*REFUSALS, *READ_PROBLEMS, NotFound))
def get_household(
    desk: Reader, household_id: str, asked: Asked, as_of: AsOf = None, known_at: KnownAt = None
) -> HouseholdOut:
    """A household and who of the caller's area belonged to it, today by default, on a day, as the registry believed
    then; names masked unless a token whose purpose is to reveal gives a `reason`: everybody named is counted."""
    session, caller, revealed = desk.session, desk.caller, asked.of(desk.caller)
    found = store.find(session, caller, household_id)
    members = store.members(session, caller, household_id, times.Asked(as_of or today(desk.settings), known_at))
    known = store.shielded(session, caller, members)
    if caller.terms is not None and not known:
        raise NotFound  # nobody of it may be told to another agency: then not that it is there either
    if revealed:
        tell(desk, [Seen(one.person_id, found.area) for one in known])
    clear = revealed or follows(caller)
    told: dict[str, object] = {"revealed": clear, "members": [one.person_id for one in known]}
    told |= {"reason": asked.reason} if revealed else {}
    note(session, desk.ring, caller, "household.read", household_id, persons=len(members), **told)
    if not clear:
        known = [one.model_copy(update={"name": mask_name(one.name)}) for one in known]
    area = _area(desk, found.area, len(members) - len(known))
    return HouseholdOut(household_id=household_id, number=found.number, area=area, members=known)


def _area(desk: Desk, area: str, kept_back: int) -> str:
    """To another agency the village only where everybody of it may be told."""
    return f"{area[:9]}000" if desk.caller.terms is not None and kept_back else area
