"""What the categories of low-income people mean, by area and day: reading it and fixing it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends

from kit.problems import REFUSALS, REPEATS, VersionMismatch, VersionMissing, problems
from kit.scope import covers
from kit.shapes import AreaInPath, AskedArea
from registry.access.problems import AreaOutside
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.categories import store
from registry.categories.kinds import SHIPPED, CategoryCode, KnownBy, Meaning
from registry.categories.problems import CategoryUnordered
from registry.categories.schemas import CategoriesOut, CategoryHistoryOut, CategoryIn, CategoryWrittenOut
from registry.changes.store import Touched
from registry.changes.store import append as tell
from registry.desk import Desk, IfMatch, check_version, reads, writes
from registry.settings import today
from registry.table import IdempotentRoute, take_turns
from registry.times import Asked, AsOf, KnownAt

router = APIRouter(tags=["categories"], route_class=IdempotentRoute)
Anybody = Annotated[Desk, Depends(reads())]  # definitions are published: any token will do
Fixer = Annotated[Desk, Depends(writes("standards:write"))]


@router.get("/categories", responses=problems(*REFUSALS, AreaUnknown))
def list_categories(desk: Anybody, area: AskedArea, as_of: AsOf = None, known_at: KnownAt = None) -> CategoriesOut:
    """What the six categories mean in an area on a day (today by default), as known at a moment: what it said itself,
    else the nearest area above it that said something, else what 国办发〔2023〕39号 says."""
    require(desk.session, desk.caller, area)
    day: date = as_of or today(desk.settings)
    known = store.Meanings(desk.session, day, known_at)
    rows = {code: known.row(area, code) for code in SHIPPED}
    found = [store.shipped(code) if row is None else store.out(row, area) for code, row in rows.items()]
    return CategoriesOut(area=area, as_of=day, categories=sorted(found, key=lambda one: (one.rank, one.category)))


@router.get("/categories/{area}/{category}", responses=problems(*REFUSALS, AreaUnknown))
def get_category(
    desk: Anybody, area: AreaInPath, category: CategoryCode, known_at: KnownAt = None
) -> CategoryHistoryOut:
    """One category in one area through time, what it inherits left out; the ETag is the version a write must have
    seen."""
    require(desk.session, desk.caller, area)
    rows = store.history(desk.session, area, category, Asked(known_at=known_at))
    version = store.version_of(desk.session, area, category)
    desk.tag(version)
    told = [store.out(row, area) for row in rows]
    return CategoryHistoryOut(area=area, category=category, version=version, versions=told)


@router.put(
    "/categories/{area}/{category}",
    responses=problems(
        *REFUSALS, *REPEATS, AreaUnknown, AreaOutside, VersionMissing, VersionMismatch, CategoryUnordered
    ),
)
def put_category(
    desk: Fixer, area: AreaInPath, category: CategoryCode, body: CategoryIn, if_match: IfMatch = None
) -> CategoryWrittenOut:
    """Say or correct what a category means in the caller's area. If-Match names the version seen, where one is on
    record."""
    session = desk.session
    if not covers(desk.caller.area, area):
        raise AreaOutside
    require(session, desk.caller, area)
    take_turns(session, "categories")
    present = store.version_of(session, area, category)
    if present:
        check_version(if_match, present)
    said = store.Defined(area, category, _meaning(body), body.valid_from, body.valid_to, body.basis)
    version, at = (store.change if body.mode == "change" else store.correct)(session, said)
    tell(session, [Touched("area", area, area)])
    of = {"category": category, "mode": body.mode, "since": body.valid_from.isoformat()}
    note(session, desk.ring, desk.caller, "category.put", area, **of)
    desk.tag(version)
    return CategoryWrittenOut(area=area, category=category, version=version, recorded_at=at)


def _meaning(body: CategoryIn) -> Meaning | None:
    if body.title is None or body.rank is None or body.known_by is None:
        return None
    return Meaning(body.title, body.rank, KnownBy.read(body.known_by.model_dump()))
