"""Frozen ledgers: freeze a month, sign it off, report it, read it as it was, prove it."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, NotFound, problems
from kit.scope import covers, prefix
from kit.shapes import Month, UnderArea
from kit.sheets_out import XLSX, Column, Sheet, book
from kit.watermarks import Watermark
from registry.access.problems import AreaOutside
from registry.areas.problems import AreaUnknown
from registry.areas.store import names_of, require
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.ledger.problems import SecondPersonNeeded
from registry.settings import today
from registry.snapshots import prose, store
from registry.snapshots.dues import month_dues
from registry.snapshots.problems import (
    MonthNotBegun,
    SnapshotBroken,
    SnapshotReported,
    SnapshotSigned,
    SnapshotUnsigned,
)
from registry.snapshots.schemas import (
    FreezeIn,
    LineOut,
    LinePageOut,
    MonthDuesOut,
    ReportTextOut,
    SnapshotOut,
    SnapshotPageOut,
    SnapshotVerdictOut,
)
from registry.snapshots.tables import Snapshot
from registry.table import IdempotentRoute, take_turns

router = APIRouter(tags=["snapshots"], route_class=IdempotentRoute)
Reader = Annotated[Desk, Depends(writes("cases:read"))]
Worker = Annotated[Desk, Depends(writes("cases:write"))]
Approver = Annotated[Desk, Depends(writes("cases:approve"))]
COLUMNS = {
    "case_id": Column("事项编号", 38), "area": Column("区划代码", 14), "task": Column("任务", 24),
    "measure": Column("措施", 30), "due_on": Column("完成时限", 12), "responsible_unit": Column("责任单位", 20),
    "responsible_person": Column("责任人", 10), "state_label": Column("状态", 10), "overdue": Column("是否超期", 8),
    "tier": Column("核查方式", 10), "codes": Column("核查结果", 14), "opened_on": Column("开立日期", 12),
    "closed_on": Column("办结日期", 12), "closed_reason": Column("办结方式", 14),
}  # fmt: skip


def _shown(desk: Desk, row: Snapshot) -> SnapshotOut:
    steps = store.steps_of(desk.session, [row.snapshot_id])
    return store.out(row, steps.get(row.snapshot_id, {}), today(desk.settings))


@router.post(
    "/ledger/snapshots",
    status_code=201,
    responses=problems(*REFUSALS, *REPEATS, AreaOutside, AreaUnknown, MonthNotBegun),
)
def freeze_month(desk: Worker, body: FreezeIn) -> SnapshotOut:
    """Freeze the ledger of an area (L9): a past month as it stood at its end, the present one as it stands now.

    Frozen once more it gets a new number; none is ever altered.
    """
    if not covers(desk.caller.area, body.area):
        raise AreaOutside
    require(desk.session, desk.caller, body.area)
    take_turns(desk.session, "cases")  # nobody moves a case while it is being written down
    row = store.freeze(desk, body.area, body.month)
    note(desk.session, desk.ring, desk.caller, "snapshot.freeze", row.number, digest=row.digest, cases=row.opened)
    desk.locate("get_snapshot", snapshot_id=row.snapshot_id)
    return _shown(desk, row)


@router.get("/ledger/snapshots", responses=problems(*REFUSALS, AreaUnknown, CursorInvalid))
def list_snapshots(desk: Reader, page: Paged, area: UnderArea = None, month: Month | None = None) -> SnapshotPageOut:
    """Frozen ledgers of the caller's area, newest first, with what was done with each."""
    require(desk.session, desk.caller, area)
    narrowed = store.Narrowed(prefix(area) if area else None, month)
    before = page.after("snapshot", None)
    rows = store.page(desk.session, desk.caller, narrowed, None if before is None else str(before), page.limit)
    steps, day = store.steps_of(desk.session, [row.snapshot_id for row in rows]), today(desk.settings)
    last = rows[-1].snapshot_id if rows else ""
    return SnapshotPageOut(
        snapshots=[store.out(row, steps.get(row.snapshot_id, {}), day) for row in rows],
        cursor=page.onwards("snapshot", last, full=len(rows) == page.limit),
    )


@router.get("/ledger/snapshots/due", responses=problems(*REFUSALS, AreaUnknown))
def list_month_dues(desk: Reader, month: Month, area: UnderArea = None) -> MonthDuesOut:
    """Which division below an area has frozen, signed and reported its ledger of a month, and which is late (L10)."""
    require(desk.session, desk.caller, area)
    return month_dues(desk, area or desk.caller.area, month)


@router.get("/ledger/snapshots/{snapshot_id}", responses=problems(*REFUSALS, NotFound))
def get_snapshot(desk: Reader, snapshot_id: str) -> SnapshotOut:
    """The head of one frozen ledger."""
    return _shown(desk, store.find(desk.session, desk.caller, snapshot_id))


@router.get("/ledger/snapshots/{snapshot_id}/verify", responses=problems(*REFUSALS, NotFound))
def verify_snapshot(desk: Reader, snapshot_id: str) -> SnapshotVerdictOut:
    """Whether it is still what was frozen: digest and counts reckoned anew from what is kept."""
    return store.verify(desk.session, desk.ring, store.find(desk.session, desk.caller, snapshot_id))


@router.get(
    "/ledger/snapshots/{snapshot_id}/lines", responses=problems(*REFUSALS, NotFound, CursorInvalid, SnapshotBroken)
)
def list_snapshot_lines(desk: Reader, snapshot_id: str, page: Paged) -> LinePageOut:
    """The cases as they were frozen, without identities."""
    row = store.find(desk.session, desk.caller, snapshot_id)
    after = int(page.after("line", 0))
    lines = store.lines_of(desk.session, desk.ring, row)[after : after + page.limit]
    note(desk.session, desk.ring, desk.caller, "snapshot.read", row.number, cases=len(lines))
    return LinePageOut(
        lines=[LineOut.model_validate(line) for line in lines],
        cursor=page.onwards("line", after + len(lines), full=len(lines) == page.limit),
    )


@router.get(
    "/ledger/snapshots/{snapshot_id}/export.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(TooManyRequests, *REFUSALS, NotFound, SnapshotBroken)},
)
def export_snapshot(desk: Reader, snapshot_id: str) -> Response:
    """The frozen ledger as the sheet that is reported upwards: 任务、措施、完成时限、责任单位、责任人 (L10)."""
    row = store.find(desk.session, desk.caller, snapshot_id)
    lines = store.lines_of(desk.session, desk.ring, row)
    mark = Watermark.of(desk.caller)
    notes = (
        f"台账快照 {row.number}  指纹 {row.digest[:16]}…",
        f"开立 {row.opened} ＝ 办结 {row.closed} ＋ 在办 {row.still_open}；超期 {row.overdue}",
    )
    content = book([Sheet(f"{row.month}台账", list(COLUMNS.values()), _cells(lines), notes)], mark.line)
    note(desk.session, desk.ring, desk.caller, "snapshot.export", mark.mark_id, number=row.number, cases=len(lines))
    headers = {"Content-Disposition": f'attachment; filename="ledger-{row.number}.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)


def _cells(lines: Iterable[dict[str, Any]]) -> Iterator[list[Any]]:
    for line in lines:
        told = {**line, "overdue": "是" if line["overdue"] else "否", "codes": "、".join(line["codes"])}
        yield [told[name] for name in COLUMNS]


@router.get("/ledger/snapshots/{snapshot_id}/report-text", responses=problems(*REFUSALS, NotFound, SnapshotBroken))
def write_report_text(desk: Reader, snapshot_id: str) -> ReportTextOut:
    """The month's report in official prose, from the frozen figures alone."""
    row = store.find(desk.session, desk.caller, snapshot_id)
    figures = prose.figures_of(row, store.lines_of(desk.session, desk.ring, row))
    title, text = prose.text_of(row, figures, names_of(desk.session, {row.area, *figures["overdue_by_township"]}))
    return ReportTextOut(number=row.number, title=title, text=text, figures=figures)


@router.post(
    "/ledger/snapshots/{snapshot_id}/sign",
    responses=problems(*REFUSALS, *REPEATS, NotFound, SnapshotSigned, SecondPersonNeeded, SnapshotBroken),
)
def sign_snapshot(desk: Approver, snapshot_id: str) -> SnapshotOut:
    """Sign a frozen ledger off; another person than whoever froze it. The receipt is a signed proof of the digest."""
    return _done(desk, snapshot_id, store.SIGN)


@router.post(
    "/ledger/snapshots/{snapshot_id}/report",
    responses=problems(*REFUSALS, *REPEATS, NotFound, SnapshotUnsigned, SnapshotReported, SnapshotBroken),
)
def report_snapshot(desk: Approver, snapshot_id: str) -> SnapshotOut:
    """Record that a signed ledger was reported upwards; late where its due day has passed (L10)."""
    return _done(desk, snapshot_id, store.REPORT)


def _done(desk: Desk, snapshot_id: str, action: str) -> SnapshotOut:
    take_turns(desk.session, "snapshots")
    row = store.find(desk.session, desk.caller, snapshot_id)
    (store.sign if action == store.SIGN else store.report)(desk, row)
    note(desk.session, desk.ring, desk.caller, f"snapshot.{action}", row.number, digest=row.digest)
    return _shown(desk, row)
