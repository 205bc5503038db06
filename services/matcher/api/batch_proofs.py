"""What a sender can hold on to: how a delivery differs from the one before, a signed receipt, late feeds."""

from typing import Annotated

import orjson
import polars as pl
from fastapi import APIRouter, Depends, Query, Request, Response

from kit.auth import Caller, requires
from kit.paging import Paged
from kit.problems import Conflict, CursorInvalid, NotFound, problems
from kit.web import Reading
from matcher.api.door import REFUSALS
from matcher.api.schemas_deliveries import DifferencesOut, FeedAlertOut, FeedAlertPageOut, RowDifferenceOut
from matcher.batches import alerts, store
from matcher.flows.compare_batches import base_of, compare
from matcher.flows.give_receipt import give_receipt
from matcher.sealed import FileMissing

router = APIRouter(tags=["batches"])
Reader = Annotated[Caller, Depends(requires("batches:read"))]
JOSE = "application/jose"


@router.get("/batches/{batch_id}/diff", responses=problems(*REFUSALS, NotFound, CursorInvalid, Conflict))
def get_batch_diff(
    page: Paged,
    session: Reading,
    caller: Reader,
    batch_id: str,
    change: Annotated[str | None, Query(max_length=16, description="added, gone or changed")] = None,
) -> DifferencesOut:
    """How a snapshot differs from the one it replaced, or would: rows added, gone, and changed with the columns.

    A row is known by the sender's own key, else by its number; no cell is told.
    """
    batch = store.find(session, caller, batch_id)
    own = batch if batch.same_as is None else store.find(session, caller, batch.same_as)
    base = base_of(session, own) if own.load == "snapshot" else None
    if base is None:
        raise Conflict(
            reason="没有可比较的上一快照；增量见 rows 的结果 (no snapshot before it; of a delta see the rows)"
        )
    try:
        found = compare(session, page.request.app.state.files, own, base)
    except FileMissing:
        raise Conflict(reason=f"{batch.state}: 尚未读取或已到期删除 (not read yet, or deleted in time)") from None
    rows = found.lines.filter(pl.col("position") > page.after("position", 0))
    if change is not None:
        rows = rows.filter(pl.col("change") == change)
    shown = rows.head(page.limit)
    last = shown["position"][-1] if shown.height else None
    return DifferencesOut(
        batch_id=batch.id,
        base_id=base.id,
        counts=found.counts,
        rows=[
            RowDifferenceOut(**{**row, "columns": orjson.loads(row["columns"])}) for row in shown.iter_rows(named=True)
        ],
        cursor=page.onwards("position", last, full=rows.height > page.limit),
    )


@router.get(
    "/batches/{batch_id}/receipt",
    response_class=Response,
    responses={200: {"content": {JOSE: {}}}, **problems(*REFUSALS, NotFound, Conflict)},
)
def get_batch_receipt(request: Request, session: Reading, caller: Reader, batch_id: str) -> Response:
    """A receipt (compact JWS, ES256) for what was delivered and what became of it by now. Verify it by any library and
    the keys of `/.well-known/audit-keys.json`; its type is `doudi-receipt`."""
    batch = store.find(session, caller, batch_id)
    signed = give_receipt(request.app.state.ring, batch, request.app.state.settings.public_url)
    return Response(signed, media_type=JOSE)


@router.get("/alerts", responses=problems(*REFUSALS, CursorInvalid))
def list_feed_alerts(
    page: Paged,
    session: Reading,
    caller: Reader,
    cleared: Annotated[bool, Query(description="Also those that are over")] = False,
) -> FeedAlertPageOut:
    """Feeds that are no longer fresh, the newest alarm first: raised once, cleared by a delivery. An agency sees its
    own."""
    before = page.after("alert", None)
    rows = alerts.page(session, caller, only_open=not cleared, before=before, limit=page.limit)
    following = page.onwards("alert", rows and rows[-1].id, full=len(rows) == page.limit)
    return FeedAlertPageOut(alerts=[FeedAlertOut.model_validate(row) for row in rows], cursor=following)
