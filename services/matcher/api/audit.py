"""Reading and proving the matcher's journal."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from kit.auth import Caller, requires
from kit.paging import Paged
from kit.problems import CursorInvalid, problems
from kit.web import Reading
from matcher.api.door import REFUSALS
from matcher.api.schemas import JournalEntryOut, JournalPageOut, VerdictOut
from matcher.audit import store

router = APIRouter(tags=["audit"])
Auditor = Annotated[Caller, Depends(requires("audit:read"))]


@router.get("/audit", responses=problems(*REFUSALS, CursorInvalid))
def list_audit(
    page: Paged,
    session: Reading,
    caller: Auditor,
    subject: Annotated[str | None, Query(max_length=64)] = None,
    actor: Annotated[str | None, Query(max_length=64)] = None,
) -> JournalPageOut:
    """Entries of the caller's area, oldest first."""
    wanted = {"subject": subject, "actor": actor}
    rows = store.page(session, caller, wanted, page.after("entry", 0), page.limit)
    following = page.onwards("entry", rows and rows[-1].number, full=len(rows) == page.limit)
    return JournalPageOut(entries=[JournalEntryOut.model_validate(row) for row in rows], cursor=following)


@router.get("/audit/verify", responses=problems(*REFUSALS))
def verify_audit(request: Request, session: Reading, caller: Auditor) -> VerdictOut:  # noqa: ARG001 - the scope is the point
    """Walk the whole chain: an altered, removed or slipped-in entry shows at its number."""
    verdict = store.verify(session, request.app.state.ring)
    return VerdictOut(entries=verdict.entries, sound=verdict.broken_at is None, broken_at=verdict.broken_at)
