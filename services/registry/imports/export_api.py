"""The civil affairs layout back: everybody supported, and who lives with them, as a workbook."""

import tempfile
from typing import Annotated

import polars as pl
from fastapi import APIRouter, Depends, Query, Response

from kit.limits import TooManyRequests, dear
from kit.problems import REFUSALS, problems
from kit.reveals import Seen
from kit.scope import prefix
from kit.sheets_out import Sheet, write_sheets
from kit.watermarks import Watermark
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.reveals import EXPORT_PROBLEMS, AskedExport, tell
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.imports import export
from registry.imports.then import load_then
from registry.ledger.sheet_problems import ListTooLong
from registry.persons.protections import hidden as hidden_of
from registry.times import Asked, AsOf, KnownAt

router = APIRouter(tags=["imports"])
Reader = Annotated[Desk, Depends(writes("registry:read"))]
AreaCode = Annotated[str | None, Query(pattern=r"^\d{12}$", description="12-digit code; its whole subtree")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 100_000
NOTED = 1000  # persons named by one entry of the journal


@router.get(
    "/coverage/export.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}},
        **problems(TooManyRequests, *REFUSALS, *EXPORT_PROBLEMS, AreaUnknown, ListTooLong),
    },
)
def export_coverage(
    desk: Reader, asked: AskedExport, area: AreaCode = None, as_of: AsOf = None, known_at: KnownAt = None
) -> Response:
    """Persons, households and support of the caller's area in the layout `/imports` reads, ended periods too; on a day
    those that run, and as known at a moment. Members who are not supported stand in it as that. Watermarked, and
    masked: a masked list cannot be imported. With `identity=full`, a token whose purpose is to reveal and a reason,
    everybody on it is counted, and what is read back is unchanged. Protected people stand on it only for whom they are
    told."""
    session, caller = desk.session, desk.caller
    require(session, caller, area)
    revealed = asked.of(caller)
    wanted = area or caller.area
    rows = export.rows_of(
        load_then(session, caller, Asked(as_of, known_at)), prefix(wanted) if wanted.strip("0") else ""
    )
    hidden = hidden_of(session, caller, rows["person_id"].unique().to_list())
    rows = rows.filter(~pl.col("person_id").is_in(sorted(hidden)))
    if rows.height > MOST_ROWS:
        raise ListTooLong(limit=MOST_ROWS)
    people = dict(rows.select("person_id", "home").iter_rows())
    if revealed:
        tell(desk, [Seen(person, home) for person, home in people.items()])
    mark = Watermark.of(caller, "full" if revealed else "masked", asked.reason)
    sheet = Sheet("低收入人口信息表", export.COLUMNS, export.lines(rows, desk.ring, full=revealed))
    with tempfile.TemporaryFile() as file:
        write_sheets(file, [sheet], mark.line)
        file.seek(0)
        content = file.read()
    told = {"of": wanted, "revealed": revealed, "reason": asked.reason, "rows": rows.height, "held_back": len(hidden)}
    ids = list(people)
    for start in range(0, max(len(ids), 1), NOTED):
        note(session, desk.ring, caller, "coverage.export", mark.mark_id, **told, persons=ids[start : start + NOTED])
    return Response(content, media_type=XLSX, headers={"Content-Disposition": 'attachment; filename="coverage.xlsx"'})
