"""Legal holds, what was deleted by time, and what is about to be."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends

from kit import holds, retention
from kit.holds import HoldIn, HoldOut, HoldPageOut, Target, Thing, holds_out
from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, NotFound, problems
from kit.retention import DeletionPageOut, DuesOut, deletions_out, told
from kit.scope import covers, is_area
from registry.audit.store import note
from registry.desk import Counter, Desk, reads, stands, writes
from registry.imports.store import SHELF as IMPORTS
from registry.ledger import store as cases
from registry.oversight.retention import TITLES, Keeper, run
from registry.oversight.tables import Deletion, Hold
from registry.persons import store as persons
from registry.table import IdempotentRoute

router = APIRouter(tags=["oversight"], route_class=IdempotentRoute)
Holder = Annotated[Desk, Depends(writes("holds:write"))]
Auditor = Annotated[Desk, Depends(reads("audit:read"))]
Rehearser = Annotated[Counter, Depends(stands("audit:read"))]
Kind = Literal["person", "import", "case", "area"]


@router.put("/holds/{kind}/{target}", responses=problems(*REFUSALS, *REPEATS, NotFound))
def place_hold(desk: Holder, kind: Kind, target: Target, body: HoldIn) -> HoldOut:
    """No job deletes anything of this person, import, case or area until the hold is lifted. One that stands stays as
    it is, with its own reason."""
    row, placed = holds.place(desk.session, Hold, desk.caller, _thing(desk, kind, target), body.reason)
    if placed:
        note(desk.session, desk.ring, desk.caller, "hold.place", row.target, kind=kind, hold=row.hold_id)
    return holds_out([row])[0]


@router.delete("/holds/{kind}/{target}", responses=problems(*REFUSALS, *REPEATS, NotFound))
def lift_hold(desk: Holder, kind: Kind, target: Target) -> HoldOut:
    """The hold ends; that it was, and who ended it, stays on record."""
    row = holds.lift(desk.session, Hold, desk.caller, kind, target)
    note(desk.session, desk.ring, desk.caller, "hold.lift", row.target, kind=kind, hold=row.hold_id)
    return holds_out([row])[0]


@router.get("/holds", responses=problems(*REFUSALS, CursorInvalid))
def list_holds(desk: Auditor, page: Paged) -> HoldPageOut:
    """Holds of the caller's area, standing and lifted."""
    rows = holds.page(desk.session, Hold, desk.caller, str(page.after("hold", "")), page.limit)
    last = rows[-1].hold_id if rows else ""
    return HoldPageOut(holds=holds_out(rows), cursor=page.onwards("hold", last, full=len(rows) == page.limit))


@router.get("/audit/deletions", responses=problems(*REFUSALS, CursorInvalid))
def list_deletions(desk: Auditor, page: Paged) -> DeletionPageOut:
    """What was deleted because its time was over, pass by pass: counts, of nobody."""
    rows = retention.page(desk.session, Deletion, str(page.after("deletion", "")), page.limit)
    last = rows[-1].deletion_id if rows else ""
    return DeletionPageOut(
        deletions=deletions_out(rows, TITLES),
        cursor=page.onwards("deletion", last, full=len(rows) == page.limit),
    )


@router.get("/audit/deletions/due", responses=problems(*REFUSALS))
def list_due_deletions(counter: Rehearser) -> DuesOut:
    """What the next pass would delete, and what holds keep from it. Nothing is deleted by asking."""
    outcomes = run(Keeper(counter.database, counter.ring, counter.settings, dry=True))
    return DuesOut(due=told(outcomes, TITLES))


def _thing(desk: Desk, kind: str, target: str) -> Thing:
    """What is to be held, of the caller's area. Raises NotFound."""
    session, caller = desk.session, desk.caller
    if kind == "person":
        found = persons.find(session, caller, target)
        return Thing(kind, found.person_id, found.area)
    if kind == "import":
        return Thing(kind, target, IMPORTS.find(session, caller, target).area)
    if kind == "case":
        return Thing(kind, target, cases.find(session, caller, target).area)
    if not is_area(target) or not covers(caller.area, target):
        raise NotFound
    return Thing(kind, target, target)
