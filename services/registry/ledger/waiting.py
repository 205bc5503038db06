"""How much waits for what today: the first thing a township asks in the morning, before it opens any list."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from kit.problems import REFUSALS, problems
from kit.scope import prefix
from kit.shapes import UnderArea
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.desk import Desk, reads
from registry.ledger import states
from registry.ledger.store import CaseFilter, count_open
from registry.settings import today

router = APIRouter(tags=["ledger"])
Reader = Annotated[Desk, Depends(reads("cases:read"))]
Days = Annotated[int, Query(ge=1, le=90, description="How many days from today count as soon")]


class WaitingOut(BaseModel):
    """How many cases wait for what on `day`; one case may wait for several things.

    `due_soon`: something has to be done about it by `soon_until`, and nobody is late. The others are what `/cases`
    lists under the filter of the same name: `overdue`, `standing` (revisit), `flag` (lead_withdrawn: 线索撤回,
    new_facts: 新情况), `state` (the rest).
    """

    day: date
    soon_until: date
    overdue: int
    due_soon: int
    awaiting_acceptance: int
    revisit: int
    returned: int
    lead_withdrawn: int
    new_facts: int
    verifying: int
    awaiting_approval: int
    in_progress: int


def piles(day: date, soon_until: date) -> Mapping[str, CaseFilter]:
    """What each figure counts, as a list would be narrowed. No closed case is on any: it waits for nothing."""
    after = soon_until + timedelta(days=1)
    return {
        "overdue": CaseFilter(overdue=True, day=day),
        "due_soon": CaseFilter(waits_before=after, overdue=False, day=day),
        "awaiting_acceptance": CaseFilter(state=states.AWAITING_ACCEPTANCE),
        "revisit": CaseFilter(standing=states.REVISIT),
        "returned": CaseFilter(state=states.RETURNED),
        "lead_withdrawn": CaseFilter(flag=states.WITHDRAWN),
        "new_facts": CaseFilter(flag=states.NEW_FACTS),
        "verifying": CaseFilter(state=states.VERIFYING),
        "awaiting_approval": CaseFilter(state=states.AWAITING_APPROVAL),
        "in_progress": CaseFilter(state=states.IN_PROGRESS),
    }


@router.get("/cases/waiting", responses=problems(*REFUSALS, AreaUnknown))
def count_waiting(desk: Reader, area: UnderArea = None, soon: Days = 7) -> WaitingOut:
    """How many cases of the caller's area wait for what today; `area` narrows to a subtree. Counts, no names."""
    require(desk.session, desk.caller, area)
    day = today(desk.settings)
    soon_until = day + timedelta(days=soon)
    counts = count_open(desk.session, desk.caller, prefix(area) if area else None, piles(day, soon_until))
    return WaitingOut(day=day, soon_until=soon_until, **counts)
