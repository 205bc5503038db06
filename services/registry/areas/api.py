"""Divisions: reading them, importing them."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, DigestMismatch, NotFound, problems
from kit.uploads import FILE_BODY, WholeBody
from registry.access.problems import AreaOutside
from registry.areas import store
from registry.areas.problems import AreaFileInvalid
from registry.areas.reading import read_areas
from registry.areas.schemas import AreaImportOut, AreaOut, AreaPageOut, SuccessorsOut
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell
from registry.desk import Desk, reads, writes
from registry.settings import today
from registry.table import IdempotentRoute

router = APIRouter(tags=["areas"], route_class=IdempotentRoute)
Anybody = Annotated[Desk, Depends(reads())]  # divisions are public: any token will do
Writer = Annotated[Desk, Depends(writes("areas:write"))]
Code = Annotated[str, Path(pattern=r"^\d{12}$")]


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


@router.get("/areas", responses=problems(*REFUSALS, CursorInvalid))
def list_areas(desk: Anybody, page: Paged) -> AreaPageOut:
    """All divisions, those that ended too, in order of code."""
    place = page.after("area", None)
    after = (str(place[0]), date.fromisoformat(str(place[1]))) if place else None
    rows = store.page(desk.session, after, page.limit)
    last = [rows[-1].code, rows[-1].valid_from.isoformat()] if rows else None
    return AreaPageOut(areas=rows, cursor=page.onwards("area", last, full=len(rows) == page.limit))


@router.get("/areas/{code}", responses=problems(*REFUSALS, NotFound))
def get_area(desk: Anybody, code: Code, on: date | None = None) -> AreaOut:
    """A division as it stands (on a day), else as it stood last."""
    area = store.current(desk.session, code, on or today(desk.settings))
    if area is None:
        raise NotFound
    return area


@router.get("/areas/{code}/successors", responses=problems(*REFUSALS, NotFound))
def list_successors(desk: Anybody, code: Code, on: date | None = None) -> SuccessorsOut:
    """What stands in a division's place, through any number of reorganisations."""
    day = on or today(desk.settings)
    if store.current(desk.session, code, day) is None:
        raise NotFound
    return SuccessorsOut(code=code, successors=store.successors(desk.session, code, day))
