"""Batches: how far a delivery is, what became of each row, and the second pair of eyes where a guard tripped."""

import asyncio
import time
from typing import Annotated

import orjson
import polars as pl
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from kit.auth import Caller, requires
from kit.columns import now
from kit.database import Database, reading
from kit.paging import Paged
from kit.problems import REPEATS, Conflict, CursorInvalid, NotFound, VersionMismatch, VersionMissing, problems
from kit.web import Reading, Writing
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.schemas import BatchOut, BatchPageOut, IssueOut, ProgressOut, RowOut, RowPageOut
from matcher.audit.store import note
from matcher.batches import store
from matcher.batches.problems import ConfirmerSame
from matcher.batches.states import ENDED, move_if_asked
from matcher.batches.tables import Batch
from matcher.sealed import FileMissing

router = APIRouter(tags=["batches"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("batches:read"))]
Pusher = Annotated[Caller, Depends(requires("feeds:push"))]
IfMatch = Annotated[str | None, Header()]
LOOK_SECONDS = 0.2
RESTING = (*ENDED, "validated", "needs_confirmation")  # nothing more happens by itself


@router.get("/batches", responses=problems(*REFUSALS, CursorInvalid))
def list_batches(
    page: Paged,
    session: Reading,
    caller: Reader,
    feed: Annotated[str | None, Query(max_length=64)] = None,
    state: Annotated[str | None, Query(max_length=24)] = None,
) -> BatchPageOut:
    """The caller's deliveries, the newest first. An agency sees its own."""
    before = page.after("batch", None)
    rows = store.page(session, caller, {"feed": feed, "state": state}, before, page.limit)
    following = page.onwards("batch", rows and rows[-1].id, full=len(rows) == page.limit)
    return BatchPageOut(batches=[batch_out(row, caller) for row in rows], cursor=following)


@router.get("/batches/{batch_id}", responses=problems(*REFUSALS, NotFound))
async def get_batch(
    request: Request,
    response: Response,
    caller: Reader,
    batch_id: str,
    wait: Annotated[int, Query(ge=0, le=30, description="Seconds to wait for the batch to come to rest")] = 0,
) -> BatchOut:
    """One delivery. With `wait` the answer comes when it rests, or when the time is over."""
    until = time.monotonic() + wait
    while True:
        # No thread and no transaction is held while waiting.
        out = await run_in_threadpool(_look, request.app.state.database, caller, batch_id)
        left = until - time.monotonic()
        if out.state in RESTING or left <= 0:
            break
        await asyncio.sleep(min(LOOK_SECONDS, left))
    response.headers["ETag"] = _etag(out)
    if out.state not in RESTING:
        response.headers["Retry-After"] = "1"
    return out


@router.get("/batches/{batch_id}/rows", responses=problems(*REFUSALS, NotFound, CursorInvalid, Conflict))
def list_batch_rows(
    page: Paged,
    session: Reading,
    caller: Reader,
    batch_id: str,
    outcome: Annotated[str | None, Query(max_length=32)] = None,
) -> RowPageOut:
    """What became of each row, in the order of the file. No cell of the file is repeated."""
    batch = store.find(session, caller, batch_id)
    try:
        rows = page.request.app.state.files.rows(batch.same_as or batch.id)
    except FileMissing:
        raise Conflict(reason=f"{batch.state}: 尚未读取 (not read yet)") from None
    rows = rows.filter(pl.col("line") > page.after("line", 0))
    if outcome is not None:
        rows = rows.filter(pl.col("outcome") == outcome)
    found = rows.head(page.limit).iter_rows(named=True)
    shown = [RowOut(**{**row, "issues": _issues(row["issues"])}) for row in found]
    following = page.onwards("line", shown and shown[-1].line, full=rows.height > page.limit)
    return RowPageOut(rows=shown, cursor=following)


@router.post(
    "/batches/{batch_id}/confirm",
    responses=problems(*REFUSALS, *REPEATS, NotFound, Conflict, ConfirmerSame, VersionMissing, VersionMismatch),
)
def confirm_batch(
    request: Request, session: Writing, caller: Pusher, batch_id: str, if_match: IfMatch = None
) -> BatchOut:
    """Let a held snapshot count; only another client of the agency than the one that pushed it may."""
    batch = _asked(session, caller, batch_id, if_match)
    if batch.client_id == caller.client_id:
        raise ConfirmerSame
    move_if_asked(batch, "committed")
    note(session, request.app.state.ring, caller, "batch.confirm", batch.id, held_for=batch.held_for)
    session.add(batch)
    return batch_out(batch, caller)


@router.post(
    "/batches/{batch_id}/cancel",
    responses=problems(*REFUSALS, *REPEATS, NotFound, Conflict, VersionMissing, VersionMismatch),
)
def cancel_batch(
    request: Request, session: Writing, caller: Pusher, batch_id: str, if_match: IfMatch = None
) -> BatchOut:
    """Take a delivery back before it counts."""
    batch = _asked(session, caller, batch_id, if_match)
    if batch.leased_until is not None and batch.leased_until > now():
        raise Conflict(reason="正在处理 (a worker is at it)")
    move_if_asked(batch, "cancelled")
    note(session, request.app.state.ring, caller, "batch.cancel", batch.id)
    session.add(batch)
    return batch_out(batch, caller)


@router.post(
    "/batches/{batch_id}/resume",
    responses=problems(*REFUSALS, *REPEATS, NotFound, Conflict, VersionMissing, VersionMismatch),
)
def resume_batch(
    request: Request, session: Writing, caller: Pusher, batch_id: str, if_match: IfMatch = None
) -> BatchOut:
    """Try a failed delivery again from its last checkpoint."""
    batch = _asked(session, caller, batch_id, if_match)
    move_if_asked(batch, "committed" if batch.chunks else "sealed")
    batch.attempts, batch.error, batch.leased_until = 0, None, None
    note(session, request.app.state.ring, caller, "batch.resume", batch.id)
    session.add(batch)
    return batch_out(batch, caller)


def _issues(text: str) -> list[IssueOut]:
    return [IssueOut(**{**issue, "message": issue["message_zh"]}) for issue in orjson.loads(text)]


def _look(database: Database, caller: Caller, batch_id: str) -> BatchOut:
    with reading(database) as session:
        return batch_out(store.find(session, caller, batch_id), caller)


def _asked(session: Writing, caller: Caller, batch_id: str, if_match: str | None) -> Batch:
    """The caller's batch as the caller saw it. Raises NotFound, VersionMissing, VersionMismatch."""
    batch = store.find(session, caller, batch_id)
    if if_match is None:
        raise VersionMissing
    if if_match != _etag(batch_out(batch, caller)):
        raise VersionMismatch
    return batch


def _etag(out: BatchOut) -> str:
    return f'"{out.state}-{int(out.changed_at.timestamp() * 1000)}"'


def batch_out(batch: Batch, caller: Caller) -> BatchOut:
    """A batch as the caller may see it: how it linked tells who is in the registry (a batch of one row says it of
    one person), so an agency sees the quality of its data and not that."""
    return BatchOut(
        batch_id=batch.id,
        feed=batch.feed,
        feed_version=batch.feed_version,
        agency=batch.agency,
        area=batch.area,
        load=batch.load,
        mode=batch.mode,
        period=batch.period,
        extracted_at=batch.extracted_at,
        state=batch.state,
        error=batch.error,
        held_for=batch.held_for or [],
        same_as=batch.same_as,
        superseded_by=batch.superseded_by,
        bytes=batch.bytes,
        sha256=batch.sha256,
        outcomes=batch.outcomes,
        reading=batch.reading,
        linked=batch.linked if store.sees_links(caller) else None,
        model_version=batch.model_version,
        progress=ProgressOut(**store.progress(batch)),
        created_at=batch.created_at,
        changed_at=batch.changed_at,
    )
