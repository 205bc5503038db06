"""Profiles: an area's own values of the screens' settings, drafted by one account and approved by another.

Nothing approved is altered: other values are another profile, and going back is a profile with the former values.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from kit.auth import Caller, requires
from kit.paging import Paged
from kit.problems import REPEATS, FieldIssue, NotFound, VersionMismatch, VersionMissing, problems
from kit.shapes import UnderArea
from kit.web import Reading
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.profile_pen import IfMatch, Pen, etag, pen, shown, wording_of
from matcher.api.schemas_profiles import (
    ProfileDetailOut,
    ProfileEndIn,
    ProfileIn,
    ProfileOut,
    ProfileRestoreIn,
    ProfilesOut,
    ProfileStepOut,
)
from matcher.flows.desk import Desk
from matcher.flows.simulate_profile import present_basis
from matcher.profiles import simulations, store
from matcher.profiles.problems import (
    ApproverSame,
    ProfileInvalid,
    ProfileNotApproved,
    ProfileNotDraft,
    ProfileOver,
    SimulationNeeded,
)

router = APIRouter(tags=["screens"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("screens:read"))]
Draft = Annotated[Pen, Depends(pen("screens:draft"))]
Approval = Annotated[Pen, Depends(pen("screens:approve"))]
STEP = (*REFUSALS, *REPEATS, NotFound, VersionMissing, VersionMismatch)


@router.get("/screen-profiles", responses=problems(*REFUSALS))
def list_screen_profiles(page: Paged, session: Reading, caller: Reader, area: UnderArea = None) -> ProfilesOut:
    """Profiles of the caller's area and of the areas in it, over and withdrawn ones too: the oldest first. What of the
    areas above holds here is told by `/screen-settings`."""
    found = store.page(session, caller, area, page.after("profile", ""), page.limit)
    following = page.onwards("profile", found and found[-1].id, full=len(found) == page.limit)
    desk: Desk = page.request.app.state.desk
    today, approved = desk.today(), store.approved(session)
    return ProfilesOut(profiles=[shown(row, today, approved) for row in found], cursor=following)


@router.get("/screen-profiles/{profile_id}", responses=problems(*REFUSALS, NotFound))
def get_screen_profile(
    request: Request, response: Response, session: Reading, caller: Reader, profile_id: str
) -> ProfileDetailOut:
    """One profile with everything that was done to it; the ETag names its version."""
    row = store.find(session, caller, profile_id)
    newest = simulations.newest(session, profile_id)
    response.headers["ETag"] = etag(row)
    return ProfileDetailOut(
        **shown(row, request.app.state.desk.today(), store.approved(session)).model_dump(),
        steps=[ProfileStepOut.model_validate(one) for one in store.steps(session, profile_id)],
        newest_simulation=None if newest is None else newest.id,
    )


@router.post("/screen-profiles", status_code=201, responses=problems(*REFUSALS, *REPEATS, ProfileInvalid))
def draft_screen_profile(draft: Draft, body: ProfileIn) -> ProfileOut:
    """Draft a profile of the caller's area or of one in it. All that is wrong with it is told at once, and then nothing
    is kept. It decides nothing until another account approves it."""
    said = wording_of(body)
    draft.check(said)
    return draft.written(store.draft(draft.session, draft.caller, said), "profile.draft")


@router.put("/screen-profiles/{profile_id}", responses=problems(*STEP, ProfileNotDraft, ProfileInvalid))
def change_screen_profile(draft: Draft, profile_id: str, body: ProfileIn, if_match: IfMatch = None) -> ProfileOut:
    """Another wording of a draft; a simulation made before no longer lets it be approved."""
    row = draft.seen(profile_id, if_match)
    store.must_be_draft(row)
    said = wording_of(body)
    draft.check(said)
    store.change(draft.session, draft.caller, row, said)
    return draft.written(row, "profile.change")


@router.post("/screen-profiles/{profile_id}/withdraw", responses=problems(*STEP, ProfileNotDraft))
def withdraw_screen_profile(draft: Draft, profile_id: str, if_match: IfMatch = None) -> ProfileOut:
    """Give a draft up; it stays on record."""
    row = draft.seen(profile_id, if_match)
    store.withdraw(draft.session, draft.caller, row)
    return draft.written(row, "profile.withdraw")


@router.post(
    "/screen-profiles/{profile_id}/approve",
    responses=problems(*STEP, ProfileNotDraft, ProfileInvalid, ApproverSame, SimulationNeeded),
)
def approve_screen_profile(approval: Approval, profile_id: str, if_match: IfMatch = None) -> ProfileOut:
    """Put a draft in force from its first day on. Another account than those that wrote it does, and only after a
    simulation of the draft as it stands, beside the profiles in force now."""
    approval.move()
    row = approval.seen(profile_id, if_match)
    store.must_be_draft(row)
    if approval.caller.client_id in row.hands:
        raise ApproverSame
    approval.check(store.wording(row))
    _, rules = present_basis(approval.session, approval.today, row.area)
    hours = approval.desk.settings.preview_keep_hours
    made = simulations.usable(approval.session, row, rules, hours)
    if made is None:
        raise SimulationNeeded(hours=hours)
    store.approve(approval.session, approval.caller, row, made.id)
    return approval.written(row, "profile.approve")


@router.post(
    "/screen-profiles/{profile_id}/end", responses=problems(*STEP, ProfileNotApproved, ProfileInvalid, ProfileOver)
)
def end_screen_profile(approval: Approval, profile_id: str, body: ProfileEndIn, if_match: IfMatch = None) -> ProfileOut:
    """Let an approved profile end on a day; what stood before it in its area, or above it, decides again from the next.
    One that had not begun by that day is withdrawn."""
    approval.move()
    row = approval.seen(profile_id, if_match)
    if row.state != store.APPROVED:
        raise ProfileNotApproved
    if body.last_day < approval.today - timedelta(days=1):
        raise ProfileInvalid(errors=[FieldIssue("/last_day", "too-early", "最早为昨天：已经生效过的日子不改")])
    if row.valid_to is not None and body.last_day >= row.valid_to:
        raise ProfileOver(last=row.valid_to.isoformat())
    store.end(approval.session, approval.caller, row, body.last_day, body.reason)
    return approval.written(row, "profile.end")


@router.post(
    "/screen-profiles/{profile_id}/restore",
    status_code=201,
    responses=problems(*REFUSALS, *REPEATS, NotFound, ProfileNotApproved, ProfileInvalid),
)
def restore_screen_profile(approval: Approval, profile_id: str, body: ProfileRestoreIn) -> ProfileOut:
    """Go back: a new approved profile with the values of a former one, in force at once or from a day on. Its values
    were drafted and approved by two people before, so one is enough, and no simulation is asked for."""
    approval.move()
    former = store.find(approval.session, approval.caller, profile_id)
    if former.state != store.APPROVED:
        raise ProfileNotApproved
    begins = body.valid_from or approval.today
    said = replace(store.wording(former), valid_from=begins, valid_to=body.valid_to, purpose=body.purpose)
    approval.check(said)
    row = store.restore(approval.session, approval.caller, former, said)
    return approval.written(row, "profile.restore")
