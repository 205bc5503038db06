"""The civil affairs layout back: everybody supported, and who lives with them, as a workbook or as text.

The list is read first and its journal entries are written in a transaction of their own before the first byte leaves:
making a long list holds up nobody's writing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import polars as pl
from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse

from kit.database import reading, transaction
from kit.limits import TooManyRequests, dear
from kit.problems import REFUSALS, problems
from kit.scope import holds
from kit.shapes import UnderArea
from kit.sheets_out import XLSX, Sheet, book
from kit.watermarks import Watermark
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.reveals import EXPORT_PROBLEMS, AskedExport, tell_frame
from registry.audit.store import note_all
from registry.desk import Counter, Desk, stands
from registry.imports import export
from registry.imports.then import load_then
from registry.ledger.sheet_problems import ListTooLong
from registry.persons.protections import hidden as hidden_of
from registry.times import Asked, AsOf, KnownAt

router = APIRouter(tags=["imports"])
Reader = Annotated[Counter, Depends(stands("registry:read"))]
CSV = "text/csv; charset=utf-8"
MOST_ROWS = 100_000  # of a workbook: Excel opens more only slowly
MOST_LINES = 2_000_000  # of text: a million people with a period that ended and one that runs
NOTED = 1000  # persons named by one entry of the journal
EXPORTS = (TooManyRequests, *REFUSALS, *EXPORT_PROBLEMS, AreaUnknown, ListTooLong)


@dataclass(frozen=True)
class _List:
    """What an export tells of, and the mark it bears."""

    rows: pl.DataFrame
    revealed: bool
    mark: Watermark


@router.get(
    "/coverage/export.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(*EXPORTS)},
)
def export_coverage(
    counter: Reader, asked: AskedExport, area: UnderArea = None, as_of: AsOf = None, known_at: KnownAt = None
) -> Response:
    """Persons, households and support of the caller's area in the layout `/imports` reads, ended periods too; on a day
    those that run, and as known at a moment. Members who are not supported stand in it as that. Watermarked, and
    masked: a masked list cannot be imported. With `identity=full`, a token whose purpose is to reveal and a reason,
    everybody on it is counted, and what is read back is unchanged. Protected people stand on it only for whom they are
    told."""
    listed = _listed(counter, asked, (area, Asked(as_of, known_at)), MOST_ROWS)
    sheet = Sheet("低收入人口信息表", export.COLUMNS, export.lines(listed.rows, counter.ring, full=listed.revealed))
    content = book([sheet], listed.mark.line)
    return Response(content, media_type=XLSX, headers=_headers("coverage.xlsx"))


@router.get(
    "/coverage/export.csv",
    dependencies=[Depends(dear("export"))],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **problems(*EXPORTS)},
)
def export_coverage_text(
    counter: Reader, asked: AskedExport, area: UnderArea = None, as_of: AsOf = None, known_at: KnownAt = None
) -> StreamingResponse:
    """The same as CSV (UTF-8) for whole counties, in pieces as they are made: up to two million lines."""
    listed = _listed(counter, asked, (area, Asked(as_of, known_at)), MOST_LINES)
    pieces = export.text(listed.rows, counter.ring, listed.mark.line, full=listed.revealed)
    return StreamingResponse(pieces, media_type=CSV, headers=_headers("coverage.csv"))


def _listed(counter: Counter, asked: AskedExport, of: tuple[str | None, Asked], most: int) -> _List:
    """The rows asked for, everybody on them counted and noted; `of`: an area, and as of which day and moment. Raises
    ListTooLong, and what revealing raises."""
    area, times = of
    caller, wanted, revealed = counter.caller, area or counter.caller.area, asked.of(counter.caller)
    with reading(counter.database) as session:
        require(session, caller, area)
        present = load_then(session, caller, times, export.WANTED)
        rows = export.rows_of(present, partial(holds, caller, wanted))
        hidden = hidden_of(session, caller, pl.concat([rows["person_id"], rows["head_id"].drop_nulls()]).unique())
    held_back = rows.filter(pl.col("person_id").is_in(sorted(hidden)))["person_id"].n_unique()
    rows = export.without(rows, hidden)
    if rows.height > most:
        raise ListTooLong(limit=most)
    people = rows.select("person_id", "home").unique("person_id", maintain_order=True)
    mark = Watermark.of(caller, "full" if revealed else "masked", asked.reason)
    with transaction(counter.database) as session:
        desk = Desk(counter.request, counter.response, caller, session)
        if revealed:
            tell_frame(desk, people.select(subject="person_id", area="home"))
        told = {"of": wanted, "revealed": revealed, "reason": asked.reason, "rows": rows.height, "held_back": held_back}
        each = ({**told, "persons": part} for part in _parts(people["person_id"]))
        note_all(session, desk.ring, caller, "coverage.export", mark.mark_id, each)
    return _List(rows, revealed, mark)


def _parts(people: pl.Series) -> Iterator[list[str]]:
    """By so many as an entry names; of nobody, one that names nobody."""
    for start in range(0, max(len(people), 1), NOTED):
        yield people.slice(start, NOTED).to_list()


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
