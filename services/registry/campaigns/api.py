"""Campaigns with their boards, and the calendar of what is to be reported."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends

from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, NotFound, VersionMismatch, VersionMissing, problems
from kit.scope import covers, prefix
from kit.shapes import UnderArea
from registry.access.problems import AreaOutside
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.campaigns import store
from registry.campaigns.schemas import (
    CampaignIn,
    CampaignOut,
    CampaignPageOut,
    CampaignProgressOut,
    DutyIn,
    DutyOut,
    DutyPageOut,
    SummaryIn,
)
from registry.desk import Desk, IfMatch, check_version, reads, writes
from registry.settings import today
from registry.statistics.ground import Ground
from registry.table import IdempotentRoute

router = APIRouter(tags=["campaigns"], route_class=IdempotentRoute)
Reader = Annotated[Desk, Depends(reads("cases:read"))]
Planner = Annotated[Desk, Depends(writes("cases:approve"))]
Worker = Annotated[Desk, Depends(writes("cases:write"))]
PLANNING = (*REFUSALS, *REPEATS, AreaOutside, AreaUnknown)


def _within(desk: Desk, area: str) -> None:
    if not covers(desk.caller.area, area):
        raise AreaOutside
    require(desk.session, desk.caller, area)


@router.post("/campaigns", status_code=201, responses=problems(*PLANNING))
def create_campaign(desk: Planner, body: CampaignIn) -> CampaignOut:
    """Plan a campaign: its days, its stages (they may overlap), which screens count, when entries are due (L12)."""
    _within(desk, body.area)
    row = store.create(desk.session, desk.caller, body)
    note(desk.session, desk.ring, desk.caller, "campaign.create", row.campaign_id)
    desk.tag(row.version)
    desk.locate("get_campaign", campaign_id=row.campaign_id)
    return store.out(row, today(desk.settings))


@router.put("/campaigns/{campaign_id}", responses=problems(*PLANNING, NotFound, VersionMissing, VersionMismatch))
def change_campaign(desk: Planner, campaign_id: str, body: CampaignIn, if_match: IfMatch = None) -> CampaignOut:
    """Plan it anew, in the version seen."""
    _within(desk, body.area)
    row = store.find(desk.session, desk.caller, campaign_id)
    check_version(if_match, row.version)
    store.replace(desk.session, row, body)
    note(desk.session, desk.ring, desk.caller, "campaign.change", campaign_id)
    desk.tag(row.version)
    return store.out(row, today(desk.settings))


@router.get("/campaigns", responses=problems(*REFUSALS, CursorInvalid))
def list_campaigns(desk: Reader, page: Paged) -> CampaignPageOut:
    """Campaigns of the caller's area, the newest first."""
    before = page.after("campaign", None)
    rows = store.page(desk.session, desk.caller, None if before is None else str(before), page.limit)
    last = rows[-1].campaign_id if rows else ""
    day = today(desk.settings)
    return CampaignPageOut(
        campaigns=[store.out(row, day) for row in rows],
        cursor=page.onwards("campaign", last, full=len(rows) == page.limit),
    )


@router.get("/campaigns/{campaign_id}", responses=problems(*REFUSALS, NotFound))
def get_campaign(desk: Reader, campaign_id: str) -> CampaignOut:
    """One campaign."""
    row = store.find(desk.session, desk.caller, campaign_id)
    desk.tag(row.version)
    return store.out(row, today(desk.settings))


@router.get("/campaigns/{campaign_id}/progress", responses=problems(*REFUSALS, NotFound))
def get_campaign_progress(desk: Reader, campaign_id: str) -> CampaignProgressOut:
    """The board: what each division has opened, taken over, visited, closed; whom it recognised and entered in time."""
    row, day = store.find(desk.session, desk.caller, campaign_id), today(desk.settings)
    rows, total = store.Board(row, Ground(desk.session, desk.caller, row.area, day)).rows()
    stages = store.stages_of(row, day)
    return CampaignProgressOut(
        campaign_id=campaign_id,
        as_of=day,
        rows=rows,
        total=total,
        stages=stages,
        shares=[None if one.target is None else round(total.closed / one.target, 4) for one in stages],
    )


@router.post("/report-duties", status_code=201, responses=problems(*PLANNING, NotFound))
def create_report_duty(desk: Planner, body: DutyIn) -> DutyOut:
    """Put a day into the calendar: which area owes which report to whom (L13)."""
    _within(desk, body.area)
    if body.campaign_id is not None:
        store.find(desk.session, desk.caller, body.campaign_id)
    row = store.owe(desk.session, desk.caller, body)
    note(desk.session, desk.ring, desk.caller, "report-duty.create", row.duty_id)
    return store.duty_out(desk.ring, row, today(desk.settings))


@router.get("/report-duties", responses=problems(*REFUSALS, AreaUnknown, CursorInvalid))
def list_report_duties(
    desk: Reader, page: Paged, area: UnderArea = None, unfinished: bool = False, due_before: date | None = None
) -> DutyPageOut:
    """The calendar in order of days: done, due within the week, overdue, open."""
    require(desk.session, desk.caller, area)
    narrowed = store.DutyFilter(prefix(area) if area else None, unfinished, due_before)
    day, _, last = str(page.after("duty", "")).partition("|")
    rows = store.duties(desk.session, desk.caller, narrowed, (day, last), page.limit)
    onwards = f"{rows[-1].due_on}|{rows[-1].duty_id}" if rows else ""
    return DutyPageOut(
        duties=[store.duty_out(desk.ring, row, today(desk.settings)) for row in rows],
        cursor=page.onwards("duty", onwards, full=len(rows) == page.limit),
    )


@router.post("/report-duties/{duty_id}/submit", responses=problems(*REFUSALS, *REPEATS, NotFound))
def submit_report(desk: Worker, duty_id: str, body: SummaryIn) -> DutyOut:
    """Record that it was reported, with what it says; once more corrects the text, the first day stays."""
    row = store.duty(desk.session, desk.caller, duty_id)
    store.submit(desk.ring, row, desk.caller, body, today(desk.settings))
    desk.session.add(row)
    desk.session.flush()
    note(desk.session, desk.ring, desk.caller, "report-duty.submit", duty_id)
    return store.duty_out(desk.ring, row, today(desk.settings))
