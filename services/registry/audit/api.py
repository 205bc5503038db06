"""Reading and proving the journal."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from kit.audit_wire import AlertPageOut, ProofKeysOut, VerdictOut, alert_out, proof_keys_out, verdict_out
from kit.checkpoints import Notary
from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, problems
from registry.audit import store
from registry.audit.schemas import JournalEntryOut, JournalPageOut
from registry.audit.tables import CHAIN
from registry.desk import Desk, reads

router = APIRouter(tags=["audit"])
Auditor = Annotated[Desk, Depends(reads("audit:read"))]


@router.get("/audit", responses=problems(*REFUSALS, CursorInvalid))
def list_audit(
    desk: Auditor, page: Paged, subject: Annotated[str | None, Query(max_length=64)] = None
) -> JournalPageOut:
    """Entries of the caller's area, oldest first; `subject` narrows to one person, household or case, or to
    the export that bears this id in its watermark."""
    rows = store.page(desk.session, desk.caller, int(page.after("audit", 0)), page.limit, subject)
    entries = [JournalEntryOut.model_validate(row, from_attributes=True) for row in rows]
    full = len(rows) == page.limit
    return JournalPageOut(entries=entries, cursor=page.onwards("audit", rows[-1].number if rows else 0, full=full))


@router.get("/audit/alerts", responses=problems(*REFUSALS, CursorInvalid))
def list_alerts(desk: Auditor, page: Paged) -> AlertPageOut:
    """Who of the caller's area saw more identities than usual, oldest first: a budget nearly or wholly spent, a call
    refused for it, many townships in an hour, many people at night."""
    rows = store.alerts(desk.session, desk.caller, int(page.after("alert", 0)), page.limit)
    full = len(rows) == page.limit
    following = page.onwards("alert", rows[-1].number if rows else 0, full=full)
    return AlertPageOut(alerts=[alert_out(row) for row in rows], cursor=following)


@router.get("/audit/verify", responses=problems(*REFUSALS))
def verify_audit(desk: Auditor) -> VerdictOut:
    """Walk the whole chain against the signed checkpoints, those carried in files included: an altered, removed or
    slipped-in entry shows at its number, also where the end was cut off."""
    verdict = Notary.of(desk.settings, desk.database, desk.ring, CHAIN).verify(desk.session)
    return verdict_out(verdict)


@router.get("/.well-known/audit-keys.json")
def list_audit_keys(request: Request, response: Response) -> ProofKeysOut:
    """The public keys of the checkpoints, for whoever verifies an exported journal."""
    response.headers["Cache-Control"] = "public, max-age=60"
    return proof_keys_out(request.app.state.ring)
