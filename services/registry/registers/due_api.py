"""What is due of a register, as a list to work off."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from china.masks import mask_name
from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import CursorInvalid, problems
from kit.shapes import UnderArea
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.persons import protections
from registry.persons.protections import SHIELD
from registry.registers.api import TOLD, register_of, subtree
from registry.registers.due import DueItem, Ground, listed
from registry.registers.placing import Clerk
from registry.registers.schemas import DuePageOut, RegisterDueOut
from registry.registers.telling import notice_until

router = APIRouter(tags=["registers"])
Reader = Annotated[Desk, Depends(writes("registers:read"))]
Day = Annotated[date | None, Query(description="By when; today by default, with the county's days of notice")]


@router.get(
    "/registers/{register}/due",
    dependencies=[Depends(dear("search"))],
    responses=problems(TooManyRequests, *TOLD, CursorInvalid, AreaUnknown),
)
def list_register_due(desk: Reader, page: Paged, register: str, by: Day = None, area: UnderArea = None) -> DuePageOut:
    """What is due by a day, to be doubted, or missing: with area and reason, in their order. Names are masked."""
    chosen, clerk = register_of(desk, register), Clerk.of(desk)
    require(desk.session, desk.caller, area)
    until = by or notice_until(clerk, chosen)
    items = listed(Ground(clerk, chosen, by or clerk.day, until, subtree(area)))
    after = page.after("due", ["", "", ""])
    part = [one for one in items if [one.area, one.reason_code, one.key] > after][: page.limit]
    people = sorted({one.person_id for one in part if one.person_id})
    hidden = protections.hidden(desk.session, desk.caller, people)
    note(
        desk.session, desk.ring, desk.caller, "register.due", None, register=chosen.id, by=until.isoformat(),
        persons=people, entries=[one.entry_id for one in part if one.entry_id],
    )  # fmt: skip
    last = [part[-1].area, part[-1].reason_code, part[-1].key] if part else None
    return DuePageOut(
        register_id=chosen.id,
        by=until,
        items=[_out(clerk, one, hidden) for one in part],
        cursor=page.onwards("due", last, full=len(part) == page.limit),
    )


def _out(clerk: Clerk, one: DueItem, hidden: set[str]) -> RegisterDueOut:
    waiting = None if one.due_on is None or one.due_on > clerk.day else (clerk.day - one.due_on) // timedelta(days=1)
    return RegisterDueOut(
        reason=one.reason.code,
        reason_text=one.reason.text,
        area=one.area,
        entry_id=one.entry_id,
        person_id=one.person_id,
        name=SHIELD if one.person_id in hidden else mask_name(one.name),
        due_on=one.due_on,
        waiting_days=waiting,
    )
