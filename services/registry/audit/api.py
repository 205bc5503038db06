"""Reading and proving the journal."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, problems
from registry.audit import store
from registry.audit.schemas import JournalEntryOut, JournalPageOut, VerdictOut
from registry.desk import Desk, reads

router = APIRouter(tags=["audit"])
Auditor = Annotated[Desk, Depends(reads("audit:read"))]


@router.get("/audit", responses=problems(*REFUSALS, CursorInvalid))
def list_audit(
    desk: Auditor, page: Paged, subject: Annotated[str | None, Query(max_length=64)] = None
) -> JournalPageOut:
    """Entries of the caller's area, oldest first; `subject` narrows to one person, household or case."""
    rows = store.page(desk.session, desk.caller, int(page.after("audit", 0)), page.limit, subject)
    entries = [JournalEntryOut.model_validate(row, from_attributes=True) for row in rows]
    full = len(rows) == page.limit
    return JournalPageOut(entries=entries, cursor=page.onwards("audit", rows[-1].number if rows else 0, full=full))


@router.get("/audit/verify", responses=problems(*REFUSALS))
def verify_audit(desk: Auditor) -> VerdictOut:
    """Walk the whole chain: an altered, removed or slipped-in entry shows at its number."""
    verdict = store.verify(desk.session, desk.ring)
    return VerdictOut(entries=verdict.entries, sound=verdict.broken_at is None, broken_at=verdict.broken_at)
