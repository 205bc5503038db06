"""Emergencies against the clock: who waits for the first aid, whose hours are over, and how many were in time."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from china.masks import mask_name
from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, problems
from kit.shapes import Month, UnderArea
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.desk import Desk, reads, writes
from registry.money.clock import clock_of, late_papers, timeliness
from registry.payments.problems import MonthsUnordered
from registry.persons import protections
from registry.persons.protections import SHIELD
from registry.registers import store
from registry.registers.api import subtree
from registry.registers.declaring import moment_of
from registry.registers.placing import Clerk
from registry.registers.telling import contents
from registry.settings import CHINA, moment

router = APIRouter(tags=["temporary-aid"])
Reader = Annotated[Desk, Depends(writes("registers:read"))]
Counting = Annotated[Desk, Depends(reads("registers:read"))]
From = Annotated[Month | None, Query(alias="from", description="First month, YYYY-MM")]
To = Annotated[Month | None, Query(alias="to", description="Last month, YYYY-MM")]
Wanted = Annotated[Literal["running", "broken"] | None, Query(description="Only these; both by default")]
AID = "temporary-aid"


class AidClockOut(BaseModel):
    """One emergency: its clock in China's time; `hours_left` below nought is over, null where aid came late."""

    entry_id: str
    area: str
    person_id: str | None
    name: str
    cause: str
    clue_at: datetime
    aid_until: datetime
    aided_at: datetime | None
    state: Literal["running", "broken"]
    hours_left: float | None
    papers_missing: bool


class AidClocksOut(BaseModel):
    """Those whose clock runs or is broken, the most pressing first."""

    now: datetime
    hours: int
    items: list[AidClockOut]
    cursor: str | None


class AidTimelinessRowOut(BaseModel):
    """Emergencies of a township whose clue came in the month; `share` of those decided that were in time."""

    area: str
    month: str
    emergencies: int
    met: int
    broken: int
    running: int
    share: float | None


class AidTimelinessOut(BaseModel):
    """Counts by township and month of the clue."""

    now: datetime
    hours: int
    rows: list[AidTimelinessRowOut]


@router.get("/temporary-aid/clock", responses=problems(*REFUSALS, CursorInvalid, AreaUnknown))
def list_aid_clocks(desk: Reader, page: Paged, area: UnderArea = None, state: Wanted = None) -> AidClocksOut:
    """Emergencies whose hours to the first aid run, or ran out before it came. Names are masked."""
    require(desk.session, desk.caller, area)
    clerk, now, hours = Clerk.of(desk), moment(desk.settings), desk.settings.aid_first_hours
    items: list[AidClockOut] = []
    for row, content in contents(clerk, store.live(clerk, AID, subtree(area))):
        values = content.values
        clock = clock_of(values, now, hours)
        if clock is None or clock.state == "met" or state not in {None, clock.state}:
            continue
        items.append(
            AidClockOut(
                entry_id=row.entry_id,
                area=row.area,
                person_id=row.person_id,
                name=values["recipient"]["name"],
                cause=values["cause"],
                clue_at=datetime.fromisoformat(values["clue_at"]).replace(tzinfo=CHINA),
                aid_until=clock.until.replace(tzinfo=CHINA),
                aided_at=_here(moment_of(values, "aided_at")),
                state=clock.state,
                hours_left=clock.hours_left,
                papers_missing=late_papers(values),
            )
        )
    items.sort(key=_key)
    after = page.after("clock", ["", ""])
    part = [one for one in items if _key(one) > after][: page.limit]
    people = sorted({one.person_id for one in part if one.person_id})
    hidden = protections.hidden(desk.session, desk.caller, people)
    for one in part:
        one.name = SHIELD if one.person_id in hidden else mask_name(one.name) or ""
    entries = [one.entry_id for one in part]
    note(desk.session, desk.ring, desk.caller, "aid.clock", None, persons=people, entries=entries)
    last = _key(part[-1]) if part else None
    return AidClocksOut(
        now=now.replace(tzinfo=CHINA),
        hours=hours,
        items=part,
        cursor=page.onwards("clock", last, full=len(part) == page.limit),
    )


def _here(at: datetime | None) -> datetime | None:
    """A moment by the clock in China, as the wire has moments."""
    return None if at is None else at.replace(tzinfo=CHINA)


def _key(one: AidClockOut) -> list[str]:
    return [one.aid_until.isoformat(), one.entry_id]


@router.get("/temporary-aid/timeliness", responses=problems(*REFUSALS, AreaUnknown, MonthsUnordered))
def get_aid_timeliness(desk: Counting, area: UnderArea = None, first: From = None, last: To = None) -> AidTimelinessOut:
    """How many emergencies were aided within the hours, by township and month of the clue."""
    require(desk.session, desk.caller, area)
    if first is not None and last is not None and first > last:
        raise MonthsUnordered
    clerk, now, hours = Clerk.of(desk), moment(desk.settings), desk.settings.aid_first_hours
    opened = contents(clerk, store.live(clerk, AID, subtree(area)))
    found = timeliness(((row.area, content.values) for row, content in opened), now, hours)
    return AidTimelinessOut(
        now=now.replace(tzinfo=CHINA),
        hours=hours,
        rows=[
            AidTimelinessRowOut(
                area=one.area,
                month=one.month,
                emergencies=one.met + one.broken + one.running,
                met=one.met,
                broken=one.broken,
                running=one.running,
                share=one.share,
            )
            for one in found
            if (first is None or first <= one.month) and (last is None or one.month <= last)
        ],
    )
