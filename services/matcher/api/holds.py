"""Legal holds, what was deleted by time, and what is about to be."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request

from kit import holds, retention
from kit.auth import Caller, requires
from kit.holds import HoldIn, HoldOut, HoldPageOut, Target, Thing, holds_out
from kit.paging import Paged
from kit.problems import REPEATS, CursorInvalid, NotFound, problems
from kit.retention import DeletionPageOut, DuesOut, deletions_out, told
from kit.web import Reading, Writing
from matcher.api.door import REFUSALS, OnceRoute
from matcher.audit.store import note
from matcher.batches.tables import Batch
from matcher.flows.forget import TITLES, run
from matcher.leads.tables import Lead
from matcher.links.tables import Link
from matcher.retention.store import thing
from matcher.retention.tables import Deletion, Hold

router = APIRouter(tags=["oversight"], route_class=OnceRoute)
Holder = Annotated[Caller, Depends(requires("holds:write"))]
AUDITED = [Depends(requires("audit:read"))]
Auditor = Annotated[Caller, AUDITED[0]]
Kind = Literal["subject", "batch", "case", "area"]
PLACES: dict[str, list[tuple[Any, Any]]] = {
    "subject": [(Link.subject_id, Link.area), (Lead.subject_id, Lead.area)],
    "batch": [(Batch.id, Batch.area)],
    "case": [(Lead.case_id, Lead.area)],
    "area": [],
}


def wanted(session: Writing, caller: Holder, kind: Kind, target: Target) -> Thing:
    """What is to be held, of the caller's area. Raises NotFound."""
    return thing(session, caller, kind, target, PLACES[kind])


@router.put("/holds/{kind}/{target}", responses=problems(*REFUSALS, *REPEATS, NotFound))
def place_hold(
    request: Request, session: Writing, caller: Holder, what: Annotated[Thing, Depends(wanted)], body: HoldIn
) -> HoldOut:
    """No job deletes anything of this subject (or registered person), batch, case or area until the hold is lifted. One
    that stands stays as it is, with its own reason."""
    row, placed = holds.place(session, Hold, caller, what, body.reason)
    if placed:
        note(session, request.app.state.ring, caller, "hold.place", row.target, kind=row.kind, hold=row.hold_id)
    return holds_out([row])[0]


@router.delete("/holds/{kind}/{target}", responses=problems(*REFUSALS, *REPEATS, NotFound))
def lift_hold(request: Request, session: Writing, caller: Holder, kind: Kind, target: Target) -> HoldOut:
    """The hold ends; that it was, and who ended it, stays on record."""
    row = holds.lift(session, Hold, caller, kind, target)
    note(session, request.app.state.ring, caller, "hold.lift", row.target, kind=kind, hold=row.hold_id)
    return holds_out([row])[0]


@router.get("/holds", responses=problems(*REFUSALS, CursorInvalid))
def list_holds(page: Paged, session: Reading, caller: Auditor) -> HoldPageOut:
    """Holds of the caller's area, standing and lifted."""
    rows = holds.page(session, Hold, caller, page.after("hold", ""), page.limit)
    following = page.onwards("hold", rows and rows[-1].hold_id, full=len(rows) == page.limit)
    return HoldPageOut(holds=holds_out(rows), cursor=following)


@router.get("/audit/deletions", dependencies=AUDITED, responses=problems(*REFUSALS, CursorInvalid))
def list_deletions(page: Paged, session: Reading) -> DeletionPageOut:
    """What was deleted because its time was over, pass by pass: counts, of nobody."""
    rows = retention.page(session, Deletion, page.after("deletion", ""), page.limit)
    following = page.onwards("deletion", rows and rows[-1].deletion_id, full=len(rows) == page.limit)
    return DeletionPageOut(deletions=deletions_out(rows, TITLES), cursor=following)


@router.get("/audit/deletions/due", dependencies=AUDITED, responses=problems(*REFUSALS))
def list_due_deletions(request: Request) -> DuesOut:
    """What the next pass would delete, and what holds keep from it. Nothing is deleted by asking."""
    return DuesOut(due=told(run(request.app.state.desk, dry=True), TITLES))
