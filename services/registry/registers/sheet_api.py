"""Registers as sheets: the template, the list to take away, and the list that comes back."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Request, Response

from kit.limits import TooManyRequests, dear
from kit.problems import REPEATS, BodyTooLarge, DigestMismatch, NotFound, problems
from kit.sheets_out import XLSX
from kit.tables_in import kind_of, plain_header
from kit.uploads import WholeBody
from kit.watermarks import Watermark
from registry import times
from registry.areas.problems import AreaUnknown
from registry.areas.store import current
from registry.audit.reveals import EXPORT_PROBLEMS, AskedExport
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell_followers
from registry.desk import Desk, reads, writes
from registry.intake.opening import Refusals, opened
from registry.ledger.sheet_problems import SheetUnreadable
from registry.ledger.sheet_route import SHEET_BODY
from registry.registers import sheet_out, store
from registry.registers.api import TOLD, Filtered, register_of
from registry.registers.declaring import Register
from registry.registers.placing import Clerk
from registry.registers.problems import ListTooLong, SheetColumnsWrong, SheetTooLong
from registry.registers.repeated import Begun, begin_cases
from registry.registers.schemas import Outcome, RegisterImportOut, SheetIssueOut, SheetRowOut
from registry.registers.sheet_in import Judged, Sheet, judged, sheet_of, write
from registry.registers.slots import names_of, slots_of
from registry.registers.telling import contents, eyes_for, known_people
from registry.settings import today
from registry.table import IdempotentRoute, take_turns
from registry.times import AsOf, KnownAt

router = APIRouter(tags=["registers"], route_class=IdempotentRoute)
Visitor = Annotated[Desk, Depends(reads("registers:read"))]
Reader = Annotated[Desk, Depends(writes("registers:read"))]
Writer = Annotated[Desk, Depends(writes("registers:write"))]
MOST_ROWS = 10_000
NOTED = 1000  # entries named by one entry of the journal
REFUSED = Refusals(SheetUnreadable, SheetColumnsWrong, SheetTooLong)
TAKING = (BodyTooLarge, DigestMismatch, SheetUnreadable, SheetColumnsWrong, SheetTooLong)


@router.get(
    "/registers/{register}/template.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(*TOLD)},
)
def get_register_template(desk: Visitor, register: str) -> Response:
    """The sheet to fill in: every column is text, choices as drop-downs, mandatory ones in yellow."""
    chosen = register_of(desk, register)
    return _file(sheet_out.template(chosen), f"{chosen.id}-template.xlsx")


@router.get(
    "/registers/{register}/export.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}},
        **problems(TooManyRequests, *TOLD, *EXPORT_PROBLEMS, AreaUnknown, NotFound, ListTooLong),
    },
)
def export_register(  # noqa: PLR0913, PLR0917 - what the list is narrowed to, its two times, and who asks why
    desk: Reader,
    register: str,
    narrowed: Filtered,
    asked: AskedExport,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """The entries, as they are, were on a day or were believed then, in the layout of the template, narrowed as the
    list is; watermarked, no formula, identity masked.

    `identity=full` needs a token whose purpose is to reveal, and a reason; everybody on the list is then counted. Sent
    back to `/registers/{register}/import` as it is, it alters nothing.
    """
    chosen, clerk = register_of(desk, register), Clerk.of(desk)
    rows = store.page(clerk, chosen, narrowed.of(desk), times.Asked(as_of, known_at), "", MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise ListTooLong(limit=MOST_ROWS)
    opened = contents(clerk, rows)
    eyes = eyes_for(desk, chosen, opened, asked)
    mark = Watermark.of(desk.caller, "full" if eyes.revealed else "masked", asked.reason)
    area = narrowed.area or desk.caller.area
    place = current(desk.session, area, today(desk.settings))
    head = f"{place.name if place else area} {chosen.title} 导出日期 {today(desk.settings).isoformat()}"
    content = sheet_out.workbook(chosen, opened, eyes, head, mark.line)
    told = {"register": chosen.id, "of": area, "revealed": eyes.revealed, "reason": asked.reason}
    for start in range(0, max(len(opened), 1), NOTED):
        part = opened[start : start + NOTED]
        named = {"entries": [row.entry_id for row, _ in part], "persons": known_people(chosen, part)}
        note(desk.session, desk.ring, desk.caller, "register.export", mark.mark_id, **told, **named)
    return _file(content, f"{chosen.id}.xlsx")


@router.post(
    "/registers/{register}/import",
    dependencies=[Depends(dear("file"))],
    responses=problems(TooManyRequests, *TOLD, *REPEATS, *TAKING),
    openapi_extra=SHEET_BODY,
)
def import_register(
    request: Request, desk: Writer, register: str, content: WholeBody, dry_run: bool = False
) -> RegisterImportOut:
    """Take a sheet of entries (XLSX, XLS or CSV): the template, an export, or any table with these columns.

    Every row is answered: created, updated, unchanged, duplicate or rejected, with all its issues at their cells; rows
    are the sum of outcomes. `dry_run` answers without writing. Safe to repeat: the same file again changes nothing.
    """
    chosen, clerk = register_of(desk, register), Clerk.of(desk)
    sheet = _sheet(chosen, content, request.headers.get("content-type", ""))
    take_turns(desk.session, "registers")
    rows = judged(clerk, chosen, sheet)
    written = [] if dry_run else write(clerk, chosen, rows)
    out = _answer(chosen.id, sheet, rows, dry_run=dry_run)
    begun = begin_cases(desk, chosen.id) if written else Begun()
    if written:
        changed = [Touched("register", row.entry_id, row.area) for row in written]
        tell_followers(desk.session, [*changed, *begun.touched])
    action = "register.rehearse" if dry_run else "register.import"
    told = {"register": chosen.id, "counts": dict(out.counts)}
    opened = contents(clerk, written)
    for start in range(0, max(len(opened), 1), NOTED):
        part = opened[start : start + NOTED]
        named = {"entries": [row.entry_id for row, _ in part], "persons": known_people(chosen, part)}
        note(desk.session, desk.ring, desk.caller, action, None, **told, **named)
    begun.note(desk)
    return out


def _sheet(register: Register, content: bytes, media_type: str) -> Sheet:
    """The table with its columns. Raises SheetUnreadable, SheetColumnsWrong or SheetTooLong."""
    slots = slots_of(register)
    knows = names_of(slots).knows
    table = opened(content, knows, MOST_ROWS, REFUSED, declared=kind_of(media_type), blanks=True)
    sheet = sheet_of(register, table)
    found = {plain_header(slot.header) for slot in sheet.columns}
    missing = [slot.header for slot in slots if slot.needed and plain_header(slot.header) not in found]
    if missing and not any(slot.field == "entry_id" for slot in sheet.columns):
        raise SheetColumnsWrong(missing=missing, found=sorted(sheet.columns.values()))
    return sheet


def _answer(register_id: str, sheet: Sheet, rows: Sequence[Judged], *, dry_run: bool) -> RegisterImportOut:
    told = [_row_out(sheet, one, dry_run=dry_run) for one in rows]
    counts: dict[Outcome, int] = {name: sum(one.outcome == name for one in told) for name in get_args(Outcome)}
    return RegisterImportOut(
        register_id=register_id,
        dry_run=dry_run,
        rows_total=len(told),
        counts=counts,
        columns={slot.header: header for slot, header in sheet.columns.items()},
        skipped=asdict(sheet.table.skipped),
        rows=told,
    )


def _row_out(sheet: Sheet, one: Judged, *, dry_run: bool) -> SheetRowOut:
    line = one.draft.line
    issues = [
        SheetIssueOut(code=code, severity=severity, pointer=sheet.cell(slot, line), message=text)
        for severity, found in (("error", one.draft.wrong), ("warning", one.warnings))
        for slot, code, text in found
    ]
    # Of a new entry that was only rehearsed there is nothing to look up.
    entry_id = None if one.row is None or (dry_run and one.outcome == "created") else one.row.entry_id
    return SheetRowOut(line=line, outcome=one.outcome, entry_id=entry_id, issues=issues)


def _file(content: bytes, name: str) -> Response:
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
