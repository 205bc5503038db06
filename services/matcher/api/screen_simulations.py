"""What a draft would do to the list, before it does: asked for, made by a worker, read with small counts withheld."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from kit.auth import Caller, requires, requires_one_of
from kit.problems import REPEATS, NotFound, problems
from kit.small_cells import Published, publish
from kit.web import Writing
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.schemas_profiles import SimulatedPersonOut, SimulationOut, SimulationRowOut
from matcher.api.veil import veil_of
from matcher.audit.store import note
from matcher.flows.desk import Desk
from matcher.flows.simulate_profile import SAMPLE_SEALED, present_basis
from matcher.places import store as places
from matcher.profiles import simulations, store
from matcher.profiles.problems import ProfileNotDraft, SimulationRunning
from matcher.profiles.tables import ScreenProfile, ScreenSimulation
from matcher.screens.catalogue import BY_ID
from matcher.statistics.figure import Figures
from matcher.statistics.simulated import BY_DIVISION, BY_SCREEN, by_division, by_screen

router = APIRouter(tags=["screens"], route_class=OnceRoute)
# Whoever drafts has it simulated; whoever approves reads what it found.
Either = Annotated[Caller, Depends(requires_one_of("screens:draft", "screens:approve"))]
Drafter = Annotated[Caller, Depends(requires("screens:draft"))]
REASONS = {
    "given-up": "试算多次使程序中断，已放弃；请联系系统管理员",
    "nothing-known": "还没有取得人员底册，无法试算；请待登记库同步后再试",
    "draft-moved": "试算前草案已被修改或撤回；请按现在的内容重新试算",
}


@router.post(
    "/screen-profiles/{profile_id}/simulate",
    status_code=202,
    responses=problems(*REFUSALS, *REPEATS, NotFound, ProfileNotDraft, SimulationRunning),
)
def simulate_screen_profile(
    request: Request, response: Response, session: Writing, caller: Either, profile_id: str
) -> SimulationOut:
    """Have it found out what a draft would do: leads by township and screen before and after, and who comes and goes.
    It is made as if the draft had begun already, on what is known today; the list does not move."""
    profile = store.find(session, caller, profile_id, to_write=True)
    store.must_be_draft(profile)
    row = simulations.ask(session, caller, profile)
    note(session, request.app.state.ring, caller, "profile.simulate", profile_id, simulation=row.id)
    response.headers["Location"] = str(request.url_for("get_screen_simulation", simulation_id=row.id).path)
    response.headers["Retry-After"] = "2"
    return _out(request, session, caller, row)


@router.get("/screen-simulations/{simulation_id}", responses=problems(*REFUSALS, NotFound))
def get_screen_simulation(request: Request, session: Writing, caller: Either, simulation_id: str) -> SimulationOut:
    """A simulation with what it found. Callers below the county are not told small counts, nor anybody of the sample
    while counts are withheld. Who was shown is in the journal."""
    out = _out(request, session, caller, simulations.find(session, caller, simulation_id))
    if out.sample:
        seen = [one.subject_id for one in out.sample]
        note(session, request.app.state.ring, caller, "profile.sample", simulation_id, people=seen)
    return out


def _out(request: Request, session: Session, caller: Caller, row: ScreenSimulation) -> SimulationOut:
    desk: Desk = request.app.state.desk
    basis, rules = present_basis(session, desk.today(), row.area)
    profile = session.get_one(ScreenProfile, row.profile_id)
    usable = simulations.usable(session, profile, rules, desk.settings.preview_keep_hours)
    names = ("profile_id", "profile_version", "area", "state", "phase", "done", "total", "error", "as_of", "asked_by")
    told = {name: getattr(row, name) for name in (*names, "created_at", "ended_at")}
    found = _figures(request, session, caller, row)
    withheld = any(one.withheld for one in found)
    return SimulationOut(
        **told,
        simulation_id=row.id,
        reason=None if row.error is None else REASONS.get(row.error, "程序出错，稍后自动重试或请重新试算"),
        stale=row.basis is not None and row.basis != basis,
        usable=usable is not None and usable.id == row.id and profile.state == store.DRAFT,
        by_division=[_row(one) for one in found[0].rows] if found else [],
        by_screen=[_row(one) for one in found[1].rows] if found else [],
        withheld=withheld,
        sample=[] if withheld or not row.sample else _sample(request, caller, row.sample),
    )


def _figures(request: Request, session: Session, caller: Caller, row: ScreenSimulation) -> list[Published]:
    """By division and screen, and by screen alone, as the caller may be told them."""
    if row.found is None:
        return []
    least = request.app.state.settings.small_cell
    known = dict(places.frame(session).select("code", "name").iter_rows())
    rows = row.found["rows"]

    def divisions(area: str) -> Figures:
        return Figures(by_division(rows, area, known), None)

    def screens(area: str) -> Figures:
        return Figures(by_screen(rows, area), None)

    return [
        publish(caller.area, row.area, build, columns, least)
        for build, columns in ((divisions, BY_DIVISION), (screens, BY_SCREEN))
    ]


def _row(row: dict[str, Any]) -> SimulationRowOut:
    screen = BY_ID.get(row["screen"] or "")
    return SimulationRowOut(**{**row, "screen": row["screen"] or None}, title=None if screen is None else screen.title)


def _sample(request: Request, caller: Caller, sealed: str) -> list[SimulatedPersonOut]:
    """The sample; who is protected is not named. Raises UpstreamDown where nobody can say who is."""
    hidden = veil_of(request.app, caller).protected
    told = orjson.loads(request.app.state.ring.decrypt(sealed, SAMPLE_SEALED))
    return [
        SimulatedPersonOut.model_validate({**one, "name": None} if hidden & set(one["meant"]) else one) for one in told
    ]
