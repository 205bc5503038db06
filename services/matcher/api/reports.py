"""A delivery given back to its sender: the file with the issues marked, and its quality on one page for its leaders."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from kit.auth import Caller, requires
from kit.limits import TooManyRequests, dear
from kit.problems import Conflict, NotFound, problems
from kit.sheets_out import XLSX
from kit.web import Writing
from matcher.api.door import REFUSALS
from matcher.audit.store import note
from matcher.batches import store
from matcher.batches.problems import FileNotYours
from matcher.batches.tables import Batch
from matcher.feeds import store as feeds
from matcher.feeds.feed import FileUnreadable
from matcher.flows.mark_file import Report, as_text, as_workbook, report_of

router = APIRouter(tags=["batches"])
Reader = Annotated[Caller, Depends(requires("batches:read"))]
CSV = "text/csv"
PRIVATE = {"Cache-Control": "no-store"}
SAID = (TooManyRequests, *REFUSALS, NotFound, Conflict, FileNotYours, FileUnreadable)


@router.get(
    "/batches/{batch_id}/report.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(*SAID)},
)
def get_batch_report_workbook(request: Request, session: Writing, caller: Reader, batch_id: str) -> Response:
    """The sender's own file with the issues marked: an XLSX keeps its sheets, columns and formats, each faulty cell is
    coloured and bears a comment, and three columns say what became of the row, what is wrong and what to do.

    Other formats come as rows of text; of very large files those with an issue. Only for the agency that sent it, while
    the file is kept.
    """
    batch, report = _report(request, session, caller, batch_id)
    _note(request, session, caller, batch, "xlsx")
    headers = {"Content-Disposition": 'attachment; filename="report.xlsx"', **PRIVATE}
    return Response(as_workbook(report), media_type=XLSX, headers=headers)


@router.get(
    "/batches/{batch_id}/report.csv",
    dependencies=[Depends(dear("export"))],
    response_class=StreamingResponse,
    responses={200: {"content": {CSV: {}}}, **problems(*SAID)},
)
def get_batch_report_text(request: Request, session: Writing, caller: Reader, batch_id: str) -> StreamingResponse:
    """The same as CSV: one that was sent as CSV comes back line by line as it was, in its encoding, with three columns
    added at the end; other formats as their rows, in UTF-8. Only for the agency that sent it, while it is kept."""
    batch, report = _report(request, session, caller, batch_id)
    _note(request, session, caller, batch, "csv")
    headers = {"Content-Disposition": 'attachment; filename="report.csv"', **PRIVATE}
    lines: Iterator[bytes] = as_text(report)
    return StreamingResponse(lines, media_type=CSV, headers=headers)


def _report(request: Request, session: Session, caller: Caller, batch_id: str) -> tuple[Batch, Report]:
    """The file of a repetition is that of what it repeats."""
    batch = store.find(session, caller, batch_id)
    own = batch if batch.same_as is None else store.find(session, caller, batch.same_as)
    feed = feeds.load(session, own.feed, own.feed_version)
    return batch, report_of(request.app.state.files, caller, own, feed)


def _note(request: Request, session: Session, caller: Caller, batch: Batch, form: str) -> None:
    ring = request.app.state.ring
    note(session, ring, caller, "batch.report", batch.same_as or batch.id, form=form, rows=batch.rows_total)
