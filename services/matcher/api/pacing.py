"""The county paces the list: held screens are looked at, and townships say how many households a week they can take."""

from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Depends, Path, Request, Response

from kit.auth import Caller, requires
from kit.columns import now
from kit.crypto import KeyRing
from kit.problems import REPEATS, NotFound, Problem, problems
from kit.scope import covers
from kit.shapes import AreaCode, UnderArea
from kit.web import Reading, Writing
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.evidence import TITLES
from matcher.api.schemas_pacing import PaceIn, PaceOut, PacesOut, ScreenHoldDecisionIn, ScreenHoldOut, ScreenHoldsOut
from matcher.audit.store import note
from matcher.leads import held
from matcher.leads.tables import ScreenHold, TownPace
from matcher.people.store import screen_anew

router = APIRouter(tags=["screens"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("screens:read"))]
Pacer = Annotated[Caller, Depends(requires("leads:pace"))]
URGENT_FROM = 90
Place = Annotated[AreaCode, Path(description="12-digit code of a township or of a county")]


class AreaNotPaced(Problem):
    """A pace is a township's, or a county's for all its townships."""

    status, code = 422, "area-not-paced"
    zh = "区划 {area} 不能设接办能力：请给乡镇（街道）或区县的 12 位代码，并在您的管辖范围内。"
    en = "Area {area} has no pace: name a township or a county within your area, 12 digits."


@router.get("/screen-holds", responses=problems(*REFUSALS))
def list_screen_holds(
    session: Reading,
    caller: Reader,
    area: UnderArea = None,
    state: Literal["held", "confirmed", "refused"] | None = None,
) -> ScreenHoldsOut:
    """Which screens would list more of a township than the county has said they should, and what was decided."""
    return ScreenHoldsOut(holds=[_hold(row) for row in held.page(session, caller, area, state)])


@router.post("/screen-holds/{hold_id}/decide", responses=problems(*REFUSALS, *REPEATS, NotFound))
def decide_screen_hold(
    request: Request, session: Writing, caller: Pacer, hold_id: str, body: ScreenHoldDecisionIn
) -> ScreenHoldOut:
    """Let a held screen list its people, at a pace if one is given, or leave them out. Either can be changed later."""
    screen_anew(session)
    row = held.find(session, caller, hold_id)
    row.state, row.reason = body.decision, body.reason
    row.decided_by, row.decided_at = caller.client_id, now()
    session.add(row)
    ring: KeyRing = request.app.state.ring
    note(session, ring, caller, "screen.decide", row.id, screen=row.screen, area=row.area, decision=body.decision)
    if body.households_per_week is not None:
        _set_pace(request, session, caller, row.area, PaceIn(households_per_week=body.households_per_week))
    return _hold(row)


@router.get("/paces", responses=problems(*REFUSALS))
def list_paces(session: Reading, caller: Reader) -> PacesOut:
    """How fast the lists of the caller's area grow, where that was set."""
    return PacesOut(paces=[_pace(row) for row in held.paces_of(session, caller)])


class PaceAsked(NamedTuple):
    """Of which area, which pace."""

    area: str
    body: PaceIn


def pace_asked(area: Place, body: PaceIn, caller: Pacer) -> PaceAsked:
    """A township or a county of the caller's own. Raises AreaNotPaced."""
    township_or_county = area[9:] == "000" and area[4:6] != "00"
    if not township_or_county or not covers(caller.area, area):
        raise AreaNotPaced(area=area)
    return PaceAsked(area, body)


@router.put("/paces/{area}", responses=problems(*REFUSALS, *REPEATS, AreaNotPaced))
def put_pace(
    request: Request, session: Writing, caller: Pacer, asked: Annotated[PaceAsked, Depends(pace_asked)]
) -> PaceOut:
    """So many households a week come into hand there; what is in hand stays so. The same words twice change nothing."""
    screen_anew(session)  # first: it makes whoever sets the same area at this moment wait
    return _pace(_set_pace(request, session, caller, asked.area, asked.body))


@router.delete("/paces/{area}", status_code=204, responses=problems(*REFUSALS, *REPEATS, NotFound))
def drop_pace(request: Request, session: Writing, caller: Pacer, area: Place) -> Response:
    """Nobody waits there any more: everybody found comes into hand at the next screening."""
    row = held.pace(session, caller, area)
    if row is None:
        raise NotFound
    session.delete(row)
    note(session, request.app.state.ring, caller, "pace.drop", area)
    screen_anew(session)
    return Response(status_code=204)


def _set_pace(request: Request, session: Writing, caller: Caller, area: str, body: PaceIn) -> TownPace:
    row = held.pace(session, caller, area)
    told = (body.households_per_week, body.urgent_from)
    if row is not None and (row.households, row.urgent_from) == told:
        return row
    if row is None:
        row = TownPace(
            area=area, households=0, urgent_from=URGENT_FROM, version=0, set_by=caller.client_id, set_at=now()
        )
    row.households, row.urgent_from = told
    row.version, row.set_by, row.set_at = row.version + 1, caller.client_id, now()
    session.add(row)
    note(session, request.app.state.ring, caller, "pace.set", area, households=row.households, urgent=row.urgent_from)
    return row


def _hold(row: ScreenHold) -> ScreenHoldOut:
    return ScreenHoldOut(
        hold_id=row.id,
        title=TITLES.get(row.screen, row.screen),
        share=round(row.found / row.people, 4) if row.people else 1.0,
        **row.model_dump(exclude={"id"}),
    )


def _pace(row: TownPace) -> PaceOut:
    return PaceOut(households_per_week=row.households, **row.model_dump(exclude={"households"}))
