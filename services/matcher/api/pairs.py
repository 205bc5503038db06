"""All pairs of a delivery or a period for an audit, as Parquet, and what its columns say.

Keys instead of identities; `identity=full`, with a reason, names whom the auditor may see, counted by people.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from kit.auth import Caller, requires
from kit.limits import TooManyRequests, dear
from kit.problems import NotFound, Problem, problems
from kit.reveals import REASON_TOLD, Reason, Teller, reason_given, spend_frame
from kit.usage import Period, PeriodWrong, period
from kit.watermarks import Shown, Watermark
from kit.web import Writing
from matcher.api.door import REFUSALS
from matcher.api.reveals import EXPORT_PROBLEMS
from matcher.api.veil import veil_of
from matcher.audit.store import BOOKS, note
from matcher.batches.tables import Batch
from matcher.flows.export_pairs import Identities, Pairs, as_parquet, deliveries, of_caller
from matcher.flows.pair_columns import FULL, IDENTITY

router = APIRouter(tags=["oversight"])
Auditor = Annotated[Caller, Depends(requires("audit:report"))]
PARQUET = "application/vnd.apache.parquet"
MOST_DELIVERIES = 500
MOST_ROWS = 2_000_000  # of the deliveries; a row has one link and few candidates


class PairsUnasked(Problem):
    status, code = 422, "pairs-unasked"
    zh = "请指明批次（batch_id），或起止日期（from 和 to）。"
    en = "Name a delivery (batch_id), or a first and a last day (from and to)."


class PairsTooMany(Problem):
    status, code = 422, "pairs-too-many"
    zh = "所选批次 {deliveries} 个、{rows} 行，一次最多 {most} 个、{limit} 行。请缩短起止日期，或逐个批次导出。"
    en = "{deliveries} deliveries with {rows} rows; at most {most} with {limit} at once. Ask for fewer days or one."


class PairColumnOut(BaseModel):
    """A column of the export. `only_full`: it is there with `identity=full` alone."""

    name: str
    type: str
    zh: str
    en: str
    values: dict[str, str]
    only_full: bool


class PairColumnsOut(BaseModel):
    """The dictionary of the export, in the order of its columns."""

    columns: list[PairColumnOut]


def asked(
    batch_id: Annotated[str | None, Query(max_length=36, description="One delivery")] = None,
    first: Annotated[date | None, Query(alias="from", description="First day of deliveries")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last day, included")] = None,
) -> tuple[str | None, Period | None]:
    """Which deliveries. Raises PairsUnasked, PeriodWrong."""
    if batch_id is None and (first is None or last is None):
        raise PairsUnasked
    return batch_id, None if first is None or last is None else period(first, last)


def marked(
    caller: Auditor,
    identity: Shown = "masked",
    reason: Annotated[Reason | None, Query(description=REASON_TOLD)] = None,
) -> Watermark:
    """The mark of the export. Raises RevealReasonMissing."""
    return Watermark.of(caller, "full", reason_given(reason)) if identity == "full" else Watermark.of(caller)


@router.get("/audit/pairs/columns", responses=problems(*REFUSALS))
def list_pair_columns(caller: Auditor) -> PairColumnsOut:  # noqa: ARG001 - the scope is the point
    """What the columns of the export of pairs say, and the words behind their codes."""
    return PairColumnsOut(
        columns=[
            PairColumnOut(
                name=one.name, type=str(one.kind), zh=one.zh, en=one.en, values=dict(one.values),
                only_full=one in IDENTITY,
            )
            for one in FULL
        ]
    )  # fmt: skip


@router.get(
    "/audit/pairs.parquet",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={
        200: {"content": {PARQUET: {}}},
        **problems(TooManyRequests, *REFUSALS, *EXPORT_PROBLEMS, NotFound, PairsUnasked, PairsTooMany, PeriodWrong),
    },
)
def export_pairs(
    request: Request,
    session: Writing,
    caller: Auditor,
    of: Annotated[tuple[str | None, Period | None], Depends(asked)],
    mark: Annotated[Watermark, Depends(marked)],
) -> Response:
    """Every link, every candidate and every pair a human decided, of one delivery or of those that came in a period, of
    all agencies of the caller's area: the level of each field, weight, probability, grade, model, decision.

    People are keys; with `identity=full` and a reason those of the caller's area are named and counted, protected
    people excepted. Watermark and dictionary stand in the file's metadata.
    """
    batches = deliveries(session, of_caller(caller), *of)
    if not batches and of[0] is not None:
        raise NotFound
    _bounded(batches)
    desk = request.app.state.desk
    pairs = Pairs.of(desk, session)
    if mark.identity == "full":
        pairs = Pairs.of(desk, session, Identities.of(desk, session, caller, veil_of(request.app, caller).protected))
        spend_frame(BOOKS, Teller(session, desk.ring, caller, request.app.state.settings), pairs.told(batches))
    content = as_parquet(pairs, batches, mark.told)
    told = {"identity": mark.identity, "reason": mark.reason, "batches": [batch.id for batch in batches]}
    note(session, desk.ring, caller, "pairs.export", mark.mark_id, **told)
    headers = {"Content-Disposition": 'attachment; filename="pairs.parquet"', "Cache-Control": "no-store"}
    return Response(content, media_type=PARQUET, headers=headers)


def _bounded(batches: Sequence[Batch]) -> None:
    rows = sum(batch.rows_total or 0 for batch in batches)
    if len(batches) > MOST_DELIVERIES or rows > MOST_ROWS:
        raise PairsTooMany(deliveries=len(batches), rows=rows, most=MOST_DELIVERIES, limit=MOST_ROWS)
