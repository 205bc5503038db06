"""Batches: how far a delivery is, and what became of each row."""

import asyncio
import time
from typing import Annotated

import orjson
import polars as pl
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session

from kit.auth import Caller, requires
from kit.database import Database, reading
from kit.paging import Paged
from kit.problems import Conflict, CursorInvalid, NotFound, VersionMismatch, VersionMissing, problems
from kit.web import Reading, Writing, language_of
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.schemas import BatchOut, BatchPageOut, IssueOut, ProgressOut, RowOut, RowPageOut
from matcher.batches import store
from matcher.batches.states import RESTING
from matcher.batches.tables import Batch
from matcher.feeds.issue_words import in_language
from matcher.sealed import FileMissing

router = APIRouter(tags=["batches"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("batches:read"))]
LOOK_SECONDS = 0.2


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
    return BatchPageOut(batches=[batch_out(session, row, caller) for row in rows], cursor=following)


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
    response.headers["ETag"] = etag(out)
    if out.state not in RESTING:
        response.headers["Retry-After"] = "1"
    return out


@router.get("/batches/{batch_id}/rows", responses=problems(*REFUSALS, NotFound, CursorInvalid, Conflict))
def list_batch_rows(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
    page: Paged,
    response: Response,
    session: Reading,
    caller: Reader,
    batch_id: str,
    outcome: Annotated[str | None, Query(max_length=32)] = None,
) -> RowPageOut:
    """What became of each row, in the order of the file, with all its issues in the language of `Accept-Language`
    (Chinese or English). No cell of the file is repeated. The codes: docs/api/issues.md."""
    batch = store.find(session, caller, batch_id)
    try:
        rows = page.request.app.state.files.rows(batch.same_as or batch.id)
    except FileMissing:
        gone = batch.file_deleted_at is not None
        told = "保存时间已到，已删除 (deleted, its time is over)" if gone else "尚未读取 (not read yet)"
        raise Conflict(reason=f"{batch.state}: {told}") from None
    rows = rows.filter(pl.col("line") > page.after("line", 0))
    if outcome is not None:
        rows = rows.filter(pl.col("outcome") == outcome)
    found = rows.head(page.limit).iter_rows(named=True)
    language = language_of(page.request)
    shown = [RowOut(**{**row, "issues": _issues(row["issues"], language)}) for row in found]
    response.headers["Content-Language"], response.headers["Vary"] = language, "Accept-Language"
    following = page.onwards("line", shown and shown[-1].line, full=rows.height > page.limit)
    return RowPageOut(rows=shown, cursor=following)


def _issues(text: str, language: str) -> list[IssueOut]:
    told = ((issue, *in_language(issue, language)) for issue in orjson.loads(text))
    return [IssueOut(**{**issue, "message": message, "hint": hint}) for issue, message, hint in told]


def _look(database: Database, caller: Caller, batch_id: str) -> BatchOut:
    with reading(database) as session:
        return batch_out(session, store.find(session, caller, batch_id), caller)


def asked(session: Writing, caller: Caller, batch_id: str, if_match: str | None) -> Batch:
    """The caller's batch as the caller saw it, held until the transaction ends: neither another caller nor a worker
    moves it meanwhile. Raises NotFound, VersionMissing, VersionMismatch."""
    batch = store.find(session, caller, batch_id, to_write=True)
    if if_match is None:
        raise VersionMissing
    if if_match != etag(batch):
        raise VersionMismatch
    return batch


def etag(batch: Batch | BatchOut) -> str:
    """The version of a batch: it moves with the state."""
    return f'"{batch.state}-{int(batch.changed_at.timestamp() * 1000)}"'


def batch_out(session: Session, batch: Batch, caller: Caller) -> BatchOut:
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
        refusal=batch.refusal,
        held_for=batch.held_for or [],
        held_figures=batch.held_figures or {},
        atomicity=batch.atomicity,
        expected_rows=batch.expected_rows,
        supersedes=batch.supersedes,
        expires_at=batch.expires_at,
        sealed_at=batch.sealed_at,
        waits_for=store.waits_for(session, batch),
        rolled_back_at=batch.rolled_back_at,
        rollback_reason=batch.rollback_reason,
        same_as=batch.same_as,
        superseded_by=batch.superseded_by,
        yours=caller.client_id in (batch.client_id, batch.committed_by),
        rows_deleted=batch.rows_deleted,
        rows_deleted_at=batch.rows_deleted_at,
        file_deleted_at=batch.file_deleted_at,
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
