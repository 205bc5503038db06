"""Households: lists, what was ever believed of one, and its entry, changes and corrections; reading one is in `views`,
which knows coverage."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlmodel import col

from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, NotFound, VersionMismatch, VersionMissing, problems
from kit.scope import covers, prefix
from kit.shapes import UnderArea
from registry.access.problems import AreaOutside
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell
from registry.desk import Desk, IfMatch, check_version, writes
from registry.households import store, write
from registry.households.kinds import HouseholdKind
from registry.households.problems import HouseholdExists, LinkUnfit, MonitoredUnfit
from registry.households.schemas import (
    HouseholdAltered,
    HouseholdChangeIn,
    HouseholdHistoryOut,
    HouseholdIn,
    HouseholdItemOut,
    HouseholdLinkIn,
    HouseholdPageOut,
    HouseholdPatchIn,
    HouseholdWrittenOut,
    MemberChangeIn,
    MemberPatchIn,
)
from registry.households.tables import Household
from registry.persons import protections
from registry.persons import store as persons
from registry.persons.problems import DateUnordered
from registry.table import IdempotentRoute, take_turns
from registry.times import Asked, AsOf, KnownAt

router = APIRouter(tags=["households"], route_class=IdempotentRoute)
Reader = Annotated[Desk, Depends(writes("registry:read"))]
Writer = Annotated[Desk, Depends(writes("registry:write"))]
ALTERING = (*REFUSALS, *REPEATS, NotFound, VersionMissing, VersionMismatch, DateUnordered)
PersonId = Annotated[str | None, Query(min_length=36, max_length=36)]


@router.get("/households", responses=problems(*REFUSALS, CursorInvalid, AreaUnknown))
def list_households(  # noqa: PLR0913, PLR0917 - what the list is narrowed to, and its two times
    desk: Reader,
    page: Paged,
    area: UnderArea = None,
    kind: HouseholdKind | None = None,
    person_id: PersonId = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> HouseholdPageOut:
    """Households of the caller's area, narrowed, in order of id: as they stand, on a day, as known at a moment."""
    session, caller, then = desk.session, desk.caller, Asked(as_of, known_at)
    require(session, caller, area)
    clauses = [] if kind is None else [col(Household.kind) == kind]
    if person_id is not None:
        clauses.append(col(Household.household_id).in_(_of_person(desk, person_id, then)))
    place = (str(page.after("household", "")), page.limit)
    rows = store.homes(session, caller, then, clauses, place, prefix(area) if area else "")
    members = store.counted(session, caller, [row.household_id for row in rows], then)
    told = {"persons": [person_id]} if person_id is not None and rows else {}
    note(session, desk.ring, caller, "household.list", None, households=[row.household_id for row in rows], **told)
    return HouseholdPageOut(
        households=[
            HouseholdItemOut(
                household_id=row.household_id,
                kind=row.kind,
                number=row.number,
                area=row.area,
                members=members.get(row.household_id, 0),
            )
            for row in rows
        ],
        cursor=page.onwards("household", rows[-1].household_id if rows else None, full=len(rows) == page.limit),
    )


@router.post(
    "/households",
    status_code=201,
    responses=problems(*REFUSALS, *REPEATS, AreaOutside, HouseholdExists, MonitoredUnfit),
)
def create_household(desk: Writer, body: HouseholdIn) -> HouseholdWrittenOut:
    """Register a household by one of the three notions. Its members are said one by one."""
    if not covers(desk.caller.area, body.area):
        raise AreaOutside
    take_turns(desk.session, "persons")
    row = write.create(desk.session, body.model_dump())
    desk.locate("get_household", household_id=row.household_id)
    return _written(desk, row.household_id, "create", [])


@router.get("/households/{household_id}/history", responses=problems(*REFUSALS, NotFound))
def get_household_history(desk: Reader, household_id: str) -> HouseholdHistoryOut:
    """Everything ever believed of a household's number and place, its members and its links, without names; the ETag is
    the version a write must have seen."""
    store.find(desk.session, desk.caller, household_id)
    told = store.history(desk.session, desk.caller, household_id)
    people = sorted({one.person_id for one in told.members})
    note(desk.session, desk.ring, desk.caller, "household.history", household_id, persons=people)
    desk.tag(told.version)
    return told


@router.patch("/households/{household_id}", responses=problems(*ALTERING, AreaOutside, HouseholdExists, MonitoredUnfit))
def correct_household(
    desk: Writer, household_id: str, body: HouseholdPatchIn, if_match: IfMatch = None
) -> HouseholdWrittenOut:
    """Correct number or place recorded wrongly of these days; what was believed stays on record."""
    _to_alter(desk, household_id, if_match, body)
    values = body.model_dump(exclude_unset=True, exclude={"valid_from", "valid_to"})
    write.correct(desk.session, household_id, values, (body.valid_from, body.valid_to))
    return _written(desk, household_id, "correct", write.members_now(desk.session, household_id))


@router.post(
    "/households/{household_id}/changes",
    responses=problems(*ALTERING, AreaOutside, HouseholdExists, MonitoredUnfit),
)
def change_household(
    desk: Writer, household_id: str, body: HouseholdChangeIn, if_match: IfMatch = None
) -> HouseholdWrittenOut:
    """Record a new number, a move, or what monitoring takes it for since that day; what was before stays so."""
    _to_alter(desk, household_id, if_match, body)
    write.change(desk.session, household_id, body.model_dump(exclude_unset=True, exclude={"on"}), body.on)
    return _written(desk, household_id, "change", write.members_now(desk.session, household_id))


@router.post("/households/{household_id}/members", responses=problems(*ALTERING))
def change_member(
    desk: Writer, household_id: str, body: MemberChangeIn, if_match: IfMatch = None
) -> HouseholdWrittenOut:
    """Record that somebody joined, left, or got another place on that day; what was so before stays so."""
    person_id = _member_to_alter(desk, household_id, if_match, body.person_id)
    said = write.Place(body.relation, body.is_head) if body.belongs else None
    write.change_member(desk.session, household_id, person_id, said, body.on)
    return _written(desk, household_id, "member-change", [person_id])


@router.patch("/households/{household_id}/members", responses=problems(*ALTERING))
def correct_member(
    desk: Writer, household_id: str, body: MemberPatchIn, if_match: IfMatch = None
) -> HouseholdWrittenOut:
    """Correct somebody's place recorded wrongly of these days; what was believed stays on record."""
    person_id = _member_to_alter(desk, household_id, if_match, body.person_id)
    said = write.Place(body.relation, body.is_head) if body.belongs else None
    write.correct_member(desk.session, household_id, person_id, said, (body.valid_from, body.valid_to))
    return _written(desk, household_id, "member-correct", [person_id])


@router.put("/households/{household_id}/links", responses=problems(*ALTERING, LinkUnfit))
def link_household(
    desk: Writer, household_id: str, body: HouseholdLinkIn, if_match: IfMatch = None
) -> HouseholdWrittenOut:
    """Say that a household of another notion is, or is not, of the same people on these days; what was believed stays
    on record."""
    _to_alter(desk, household_id, if_match, None)
    store.find(desk.session, desk.caller, body.household_id)
    days = (body.valid_from, body.valid_to)
    write.link(desk.session, household_id, body.household_id, days, linked=body.linked)
    return _written(desk, household_id, "link", [])


def _of_person(desk: Desk, person_id: str, then: Asked) -> list[str]:
    """The households of somebody of the caller's area; of the protected nothing says where they live."""
    try:
        row = persons.find(desk.session, desk.caller, person_id, then)
    except NotFound:
        return []
    hidden = protections.hidden(desk.session, desk.caller, [row.person_id])
    return [] if hidden else store.belonging(desk.session, row.person_id, then)


def _to_alter(desk: Desk, household_id: str, if_match: str | None, body: HouseholdAltered | None) -> None:
    """Raises NotFound, VersionMissing, VersionMismatch, AreaOutside."""
    take_turns(desk.session, "persons")
    store.find(desk.session, desk.caller, household_id)
    check_version(if_match, store.version_of(desk.session, household_id))
    if body is not None and body.area is not None and not covers(desk.caller.area, body.area):
        raise AreaOutside


def _member_to_alter(desk: Desk, household_id: str, if_match: str | None, person_id: str) -> str:
    _to_alter(desk, household_id, if_match, None)
    return persons.find(desk.session, desk.caller, person_id).person_id


def _written(desk: Desk, household_id: str, action: str, people: Iterable[str]) -> HouseholdWrittenOut:
    """Whoever follows hears of the people whose household it is: it is told with them."""
    session, ids = desk.session, list(people)
    if ids:
        tell(session, [Touched("person", one, area) for one, area in persons.areas_of(session, ids)])
    note(session, desk.ring, desk.caller, f"household.{action}", household_id, persons=ids)
    version = store.version_of(session, household_id)
    desk.tag(version)
    return HouseholdWrittenOut(household_id=household_id, version=version)
