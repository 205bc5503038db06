"""What callers do with a delivery: let it count, confirm it, take it back before or after it counts, try it again.

Each step names the version the caller saw (If-Match) and is refused with the way out where it cannot be.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from kit.auth import Caller, requires, requires_one_of
from kit.columns import now
from kit.problems import REPEATS, Conflict, NotFound, VersionMismatch, VersionMissing, problems
from kit.web import Writing
from matcher.api.batches import asked, batch_out
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.schemas import BatchOut
from matcher.api.schemas_deliveries import RollbackIn
from matcher.audit.store import note
from matcher.batches import store
from matcher.batches.problems import ConfirmerSame
from matcher.batches.states import move_if_asked
from matcher.batches.tables import Batch
from matcher.flows.roll_back import roll_back
from matcher.flows.take_batch import check_not_overtaken

router = APIRouter(tags=["batches"], route_class=OnceRoute)
Pusher = Annotated[Caller, Depends(requires("feeds:push"))]
# Another account of the agency, or the county office that answers for the matching.
Decider = Annotated[Caller, Depends(requires_one_of("feeds:push", "batches:decide"))]
IfMatch = Annotated[str | None, Header()]
STEP = (*REFUSALS, *REPEATS, NotFound, Conflict, VersionMissing, VersionMismatch)


@router.post("/batches/{batch_id}/commit", responses=problems(*STEP))
def commit_batch(
    request: Request, session: Writing, caller: Pusher, batch_id: str, if_match: IfMatch = None
) -> BatchOut:
    """Let a delivery that was only validated count, without sending it again. It is read once more, beside what counts
    by now, and the guards apply."""
    batch = asked(session, caller, batch_id, if_match)
    if batch.file_deleted_at is not None:
        raise Conflict(reason="文件保存时间已到，已删除，请重新推送 (the file had its time: push it anew)")
    move_if_asked(batch, "sealed", "validated")
    check_not_overtaken(session, batch)
    batch.mode, batch.committed_by = "commit", caller.client_id
    batch.chunks = 0  # whoever resumes it after a failure reads it anew, past the guards
    note(session, request.app.state.ring, caller, "batch.commit", batch.id)
    session.add(batch)
    return batch_out(session, batch, caller)


@router.post("/batches/{batch_id}/confirm", responses=problems(*STEP, ConfirmerSame))
def confirm_batch(
    request: Request, session: Writing, caller: Decider, batch_id: str, if_match: IfMatch = None
) -> BatchOut:
    """Let a held delivery count. Another client of the agency than the one that pushed it may, and the county office
    that answers for the matching."""
    batch = asked(session, caller, batch_id, if_match)
    _is_another(batch, caller)
    move_if_asked(batch, "committed", "needs_confirmation")
    check_not_overtaken(session, batch)
    batch.confirmed_by = caller.client_id
    note(session, request.app.state.ring, caller, "batch.confirm", batch.id, held_for=batch.held_for)
    session.add(batch)
    return batch_out(session, batch, caller)


@router.post("/batches/{batch_id}/cancel", responses=problems(*STEP))
def cancel_batch(
    request: Request, session: Writing, caller: Pusher, batch_id: str, if_match: IfMatch = None
) -> BatchOut:
    """Take a delivery back before it counts."""
    batch = asked(session, caller, batch_id, if_match)
    if batch.leased_by is not None and batch.leased_until is not None and batch.leased_until > now():
        raise Conflict(reason="正在处理 (a worker is at it: wait, then try again)")
    move_if_asked(batch, "cancelled")
    note(session, request.app.state.ring, caller, "batch.cancel", batch.id)
    session.add(batch)
    return batch_out(session, batch, caller)


@router.post("/batches/{batch_id}/rollback", responses=problems(*STEP, ConfirmerSame))
def rollback_batch(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
    request: Request, session: Writing, caller: Decider, batch_id: str, body: RollbackIn, if_match: IfMatch = None
) -> BatchOut:
    """Take back the newest delivery of a feed that counts: the one before it counts again, leads follow. Another client
    of the agency than the one that pushed it may, and the county office that answers for the matching."""
    batch = asked(session, caller, batch_id, if_match)
    _is_another(batch, caller)
    again = roll_back(session, caller, batch, body.reason)
    note(session, request.app.state.ring, caller, "batch.rollback", batch.id, again=again)
    return batch_out(session, batch, caller)


@router.post("/batches/{batch_id}/resume", responses=problems(*STEP))
def resume_batch(
    request: Request, session: Writing, caller: Pusher, batch_id: str, if_match: IfMatch = None
) -> BatchOut:
    """Try a failed delivery again from its last checkpoint."""
    batch = asked(session, caller, batch_id, if_match)
    move_if_asked(batch, "committed" if batch.chunks else "sealed", "failed")
    store.set_to_wait(batch)
    note(session, request.app.state.ring, caller, "batch.resume", batch.id)
    session.add(batch)
    return batch_out(session, batch, caller)


def _is_another(batch: Batch, caller: Caller) -> None:
    """Two pairs of eyes. An agency's clients decide for it; beside them only the county office that answers for the
    matching, by a scope of its own. Raises ConfirmerSame, NotFound."""
    if caller.client_id in (batch.client_id, batch.committed_by):
        raise ConfirmerSame
    own = caller.agency == batch.agency and "feeds:push" in caller.scopes
    if not own and not (store.sees_links(caller) and "batches:decide" in caller.scopes):
        raise NotFound
