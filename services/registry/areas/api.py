"""Divisions: reading them, importing them."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from china.areas import pad
from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, DigestMismatch, NotFound, problems
from kit.shapes import AreaCode, AreaInPath
from kit.uploads import FILE_BODY, WholeBody
from registry.access.problems import AreaOutside
from registry.areas import store
from registry.areas.problems import AreaAskedOfNothing, AreaFileInvalid, AreaUnknown
from registry.areas.reading import read_areas
from registry.areas.resolve import Moment, by_code, by_name
from registry.areas.schemas import AreaImportOut, AreaOut, AreaPageOut, AreaTableOut, ResolvedAreasOut, SuccessorsOut
from registry.areas.table_take import take_table
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell
from registry.desk import Desk, reads, writes
from registry.settings import today
from registry.table import IdempotentRoute
from registry.times import AsOf, KnownAt

router = APIRouter(tags=["areas"], route_class=IdempotentRoute)
Anybody = Annotated[Desk, Depends(reads())]  # divisions are public: any token will do
Writer = Annotated[Desk, Depends(writes("areas:write"))]


@router.post(
    "/areas/import",
    responses=problems(*REFUSALS, *REPEATS, AreaFileInvalid, AreaOutside, DigestMismatch),
    openapi_extra=FILE_BODY,
)
def import_areas(desk: Writer, content: WholeBody) -> AreaImportOut:
    """Divisions as JSON (`{"areas": […]}`), CSV or XLSX with the columns code, name and optionally level, parent,
    valid_from, valid_to, successors (several separated by `|`). All or nothing; sending it again changes nothing.

    Divisions of the caller's area; those above it may be added where they are not known yet."""
    areas = read_areas(content, desk.request.headers.get("content-type", ""))
    done = store.put_areas(desk.session, desk.caller, areas)
    if done.touched:
        tell(desk.session, [Touched("area", code, code) for code in done.touched])
    out = AreaImportOut(created=done.created, updated=done.updated, unchanged=done.unchanged)
    note(desk.session, desk.ring, desk.caller, "areas.import", None, **out.model_dump())
    return out


@router.post(
    "/areas/tables",
    responses=problems(*REFUSALS, *REPEATS, AreaFileInvalid, DigestMismatch),
    openapi_extra=FILE_BODY,
)
def import_area_table(desk: Writer, content: WholeBody, as_of: AsOf = None, dry_run: bool = False) -> AreaTableOut:
    """A code table as it is published or handed over, whole: rows outside the caller's area are counted and left.

    Known by its header: all divisions on a day (`code12,name,level`; say the day by `as_of`), the years of six-digit
    codes (`code6,name,start_year,end_year`), or alterations (`原代码,原名称,现代码,现名称,变更日期`): renames, merges,
    splits, new codes. Each row is answered; with `dry_run` nothing is written. Sending it again changes nothing.
    What is in the book and not in a table is told and stays; a township ends only with a successor.
    """
    day = as_of or today(desk.settings)
    return take_table(desk.session, desk.ring, desk.caller, content, day, dry_run=dry_run)


@router.get("/areas", responses=problems(*REFUSALS, CursorInvalid))
def list_areas(desk: Anybody, page: Paged, as_of: AsOf = None, known_at: KnownAt = None) -> AreaPageOut:
    """All divisions, those that ended too, in order of code; with `as_of` those that stood on that day, with `known_at`
    as they were believed then."""
    place = page.after("area", None)
    after = (str(place[0]), date.fromisoformat(str(place[1]))) if place else None
    rows = store.page(desk.session, store.AskedAreas(as_of, known_at), after, page.limit)
    last = [rows[-1].code, rows[-1].valid_from.isoformat()] if rows else None
    return AreaPageOut(areas=rows, cursor=page.onwards("area", last, full=len(rows) == page.limit))


@router.get("/areas/resolve", responses=problems(*REFUSALS, AreaUnknown, AreaAskedOfNothing))
def resolve_area(  # noqa: PLR0913, PLR0917 - what is asked for, where, as of when
    desk: Anybody,
    code: Annotated[str | None, Query(max_length=15)] = None,
    called: Annotated[str | None, Query(min_length=1, max_length=100, description="A name or alias")] = None,
    under: AreaCode | None = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> ResolvedAreasOut:
    """What stands for a code, or for a name or alias `under` a division, on a day: an old code gives its successors, a
    new one asked of an earlier day what was there before. A code of 2, 4, 6, 9, 12 or 15 digits."""
    at = Moment(as_of or today(desk.settings), known_at)
    if code is not None:
        padded = pad(code)
        if padded is None:
            raise AreaUnknown(area="?")
        found = by_code(desk.session, padded, at)
    elif called is not None and under is not None:
        found = by_name(desk.session, called.strip(), under, at)
    else:
        raise AreaAskedOfNothing
    return ResolvedAreasOut(as_of=at.as_of, known_at=known_at, found=found)


@router.get("/areas/{code}", responses=problems(*REFUSALS, NotFound))
def get_area(desk: Anybody, code: AreaInPath, on: date | None = None, known_at: KnownAt = None) -> AreaOut:
    """A division as it stands (on a day), else as it stood last."""
    area = store.current(desk.session, code, on or today(desk.settings), known_at)
    if area is None:
        raise NotFound
    return area


@router.get("/areas/{code}/successors", responses=problems(*REFUSALS, NotFound))
def list_successors(desk: Anybody, code: AreaInPath, on: date | None = None, known_at: KnownAt = None) -> SuccessorsOut:
    """What stands in a division's place, through any number of reorganisations."""
    day = on or today(desk.settings)
    if store.current(desk.session, code, day, known_at) is None:
        raise NotFound
    return SuccessorsOut(code=code, successors=store.successors(desk.session, code, day, known_at))
