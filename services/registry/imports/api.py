"""Sending the civil affairs system's export, and reading what became of every line."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends

from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, BodyTooLarge, CursorInvalid, DigestMismatch, NotFound, problems
from kit.uploads import FILE_BODY, WholeBody
from registry.desk import Counter, Desk, reads, stands, writes
from registry.imports.problems import ImportColumnsWrong, ImportRunning, ImportTooLong, ImportUnreadable
from registry.imports.schemas import ImportOut, ImportPageOut, ImportRowPageOut, Outcome, ProgressOut, rows_out
from registry.imports.store import SHELF
from registry.imports.tables import Import
from registry.imports.take import Taking, take
from registry.intake.pages import lines, newest
from registry.ledger.terms import Terms
from registry.settings import today
from registry.table import IdempotentRoute

router = APIRouter(tags=["imports"], route_class=IdempotentRoute)
Sender = Annotated[Counter, Depends(stands("imports:write"))]
Importer = Annotated[Desk, Depends(reads("imports:write"))]
Reporter = Annotated[Desk, Depends(writes("imports:write"))]


@router.post(
    "/imports",
    dependencies=[Depends(dear("file"))],
    status_code=201,
    responses=problems(
        TooManyRequests,
        *REFUSALS,
        *REPEATS,
        BodyTooLarge,
        DigestMismatch,
        ImportUnreadable,
        ImportColumnsWrong,
        ImportTooLong,
        ImportRunning,
    ),
    openapi_extra=FILE_BODY,
)
def create_import(counter: Sender, content: WholeBody, dry_run: bool = False, as_of: date | None = None) -> ImportOut:
    """Take a civil affairs export exactly as it comes (XLSX, XLS, CSV in UTF-8 or GB18030, NDJSON, Parquet).

    Safe to repeat: the same file again changes nothing, and one that was cut off goes on where it stopped.
    `dry_run` reports without writing; `as_of` is the day the export describes, today by default.
    """
    done = take(taking_of(counter, as_of, dry_run=dry_run), content)
    counter.locate("get_import", import_id=done.import_id)
    return out(done)


def taking_of(counter: Counter, as_of: date | None, *, dry_run: bool) -> Taking:
    """Who imports, by the settings; `as_of` is today by default."""
    settings = counter.settings
    return Taking(
        database=counter.database,
        ring=counter.ring,
        caller=counter.caller,
        on=as_of or today(settings),
        chunk_rows=settings.import_chunk_rows,
        max_rows=settings.import_max_rows,
        terms=Terms.of(settings),
        dry_run=dry_run,
        assessment_days=settings.exit_assessment_days,
    )


@router.get("/imports", responses=problems(*REFUSALS, CursorInvalid))
def list_imports(desk: Importer, page: Paged) -> ImportPageOut:
    """Imports of the caller's area, newest first."""
    rows, cursor = newest(desk, SHELF, page, "import")
    return ImportPageOut(imports=[out(row) for row in rows], cursor=cursor)


@router.get("/imports/{import_id}", responses=problems(*REFUSALS, NotFound))
def get_import(desk: Importer, import_id: str) -> ImportOut:
    """One import: how far it is, and its counts."""
    return out(SHELF.find(desk.session, desk.caller, import_id))


@router.get("/imports/{import_id}/rows", responses=problems(*REFUSALS, NotFound, CursorInvalid))
def list_import_rows(desk: Reporter, page: Paged, import_id: str, outcome: Outcome | None = None) -> ImportRowPageOut:
    """What became of every line, in order of lines, with all issues of each."""
    rows, cursor = lines(desk, SHELF, page, (import_id, outcome), "import.rows")
    return ImportRowPageOut(rows=rows_out(rows), cursor=cursor)


def out(row: Import) -> ImportOut:
    """An import on the wire."""
    return ImportOut(
        import_id=row.import_id,
        state=row.state,
        dry_run=row.dry_run,
        as_of=row.as_of,
        progress=ProgressOut(phase=row.phase, rows_total=row.rows_total, rows_done=row.rows_done),
        counts=row.counts,
        columns=row.columns,
        skipped=row.skipped,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
