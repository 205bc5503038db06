"""Reading and proving the matcher's journal."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from kit.audit_wire import AlertPageOut, ProofKeysOut, VerdictOut, alert_out, proof_keys_out, verdict_out
from kit.auth import Caller, requires
from kit.checkpoints import Notary
from kit.paging import Paged
from kit.problems import CursorInvalid, problems
from kit.web import Reading
from matcher.api.door import REFUSALS
from matcher.api.schemas import JournalEntryOut, JournalPageOut
from matcher.audit import store
from matcher.audit.tables import CHAIN

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
    """Entries of the caller's area, oldest first; `subject` a person, a lead …, or an export by its watermark."""
    wanted = {"subject": subject, "actor": actor}
    rows = store.page(session, caller, wanted, page.after("entry", 0), page.limit)
    following = page.onwards("entry", rows and rows[-1].number, full=len(rows) == page.limit)
    return JournalPageOut(entries=[JournalEntryOut.model_validate(row) for row in rows], cursor=following)


@router.get("/audit/alerts", responses=problems(*REFUSALS, CursorInvalid))
def list_alerts(page: Paged, session: Reading, caller: Auditor) -> AlertPageOut:
    """Who of the caller's area saw more identities than usual, oldest first: a budget nearly or wholly spent, a call
    refused for it, many townships in an hour, many people at night."""
    rows = store.alerts(session, caller, page.after("alert", 0), page.limit)
    following = page.onwards("alert", rows and rows[-1].number, full=len(rows) == page.limit)
    return AlertPageOut(alerts=[alert_out(row) for row in rows], cursor=following)


@router.get("/audit/verify", responses=problems(*REFUSALS))
def verify_audit(request: Request, session: Reading, caller: Auditor) -> VerdictOut:  # noqa: ARG001 - the scope is the point
    """Walk the whole chain against the signed checkpoints, those carried in files included: an altered, removed or
    slipped-in entry shows at its number, also where the end was cut off."""
    state = request.app.state
    return verdict_out(Notary.of(state.settings, state.database, state.ring, CHAIN).verify(session))


@router.get("/.well-known/audit-keys.json")
def list_audit_keys(request: Request, response: Response) -> ProofKeysOut:
    """The public keys of the checkpoints, for whoever verifies an exported journal."""
    response.headers["Cache-Control"] = "public, max-age=60"
    return proof_keys_out(request.app.state.ring)
