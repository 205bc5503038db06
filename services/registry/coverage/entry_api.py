"""The authorised entry of coverage, what happens to it on a day, and everything ever believed of it.

Its correction and its end ask the registers first: money/ending_api.py.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends

from kit.problems import REFUSALS, REPEATS, NotFound, VersionMismatch, VersionMissing, problems
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell
from registry.coverage import phasing, store, write
from registry.coverage.problems import (
    CoverageOverlaps,
    CoverageUnfit,
    NotOwed,
    PhaseOutMonths,
    PhaseOutUnfit,
    StandardMissing,
)
from registry.coverage.tables import Coverage
from registry.coverage.write_schemas import (
    CoverageHistoryOut,
    CoverageIn,
    CoverageItemOut,
    CoverageSuspendIn,
    CoverageWrittenOut,
    Dated,
    PauseVersionOut,
    PhaseOutIn,
    RequalifyIn,
    ResumeIn,
)
from registry.desk import Desk, IfMatch, check_version, writes
from registry.households import store as households
from registry.persons import store as persons
from registry.settings import today
from registry.table import IdempotentRoute, take_turns
from registry.times import Asked, AsOf, KnownAt

router = APIRouter(tags=["coverage"], route_class=IdempotentRoute)
Reader = Annotated[Desk, Depends(writes("registry:read"))]
Writer = Annotated[Desk, Depends(writes("registry:write"))]
ALTERING = (*REFUSALS, *REPEATS, NotFound, VersionMissing, VersionMismatch, CoverageUnfit, CoverageOverlaps)


@router.post(
    "/coverage", status_code=201, responses=problems(*REFUSALS, *REPEATS, NotFound, CoverageUnfit, CoverageOverlaps)
)
def create_coverage(desk: Writer, body: CoverageIn) -> CoverageWrittenOut:
    """Enter a period of support by hand: what the civil affairs system decided and its export does not tell yet."""
    session, caller = desk.session, desk.caller
    take_turns(session, "persons")
    person = persons.find(session, caller, body.person_id)
    if body.household_id is not None:
        households.find(session, caller, body.household_id)
    row = write.enter(session, person.person_id, person.area, body.model_dump(exclude={"person_id"}))
    desk.locate("get_coverage", coverage_id=row.coverage_id)
    return written(desk, row, "create", [])


@router.get("/coverage/{coverage_id}", responses=problems(*REFUSALS, NotFound))
def get_coverage(desk: Reader, coverage_id: str, as_of: AsOf = None, known_at: KnownAt = None) -> CoverageItemOut:
    """One period, as believed now or at a moment, with what it is on a day (today by default)."""
    row = store.find(desk.session, desk.caller, coverage_id, Asked(known_at=known_at))
    paused = store.pauses(desk.session, [coverage_id], Asked(known_at=known_at)).get(coverage_id, ())
    note(desk.session, desk.ring, desk.caller, "coverage.read", coverage_id, persons=[row.person_id])
    desk.tag(row.version)
    return store.item(row, paused, as_of or today(desk.settings))


@router.get("/coverage/{coverage_id}/history", responses=problems(*REFUSALS, NotFound))
def get_coverage_history(desk: Reader, coverage_id: str) -> CoverageHistoryOut:
    """Everything ever believed of a period and of its suspensions, with the moments at which it was."""
    store.find(desk.session, desk.caller, coverage_id)
    rows, day = store.versions(desk.session, desk.caller, coverage_id), today(desk.settings)
    then = {row.row_id: store.pauses(desk.session, [coverage_id], Asked(known_at=row.recorded_at)) for row in rows}
    note(
        desk.session,
        desk.ring,
        desk.caller,
        "coverage.history",
        coverage_id,
        persons=sorted({row.person_id for row in rows}),
    )
    return CoverageHistoryOut(
        coverage_id=coverage_id,
        versions=[store.item(row, then[row.row_id].get(coverage_id, ()), day) for row in rows],
        suspensions=[
            PauseVersionOut(**one.model_dump(include=set(PauseVersionOut.model_fields)))
            for one in store.every_pause(desk.session, coverage_id)
        ],
    )


@router.post("/coverage/{coverage_id}/suspend", responses=problems(*ALTERING))
def suspend_coverage(
    desk: Writer, coverage_id: str, body: CoverageSuspendIn, if_match: IfMatch = None
) -> CoverageWrittenOut:
    """Stop payment for a time. The period goes on and is told; on these days it does not cover."""

    def each(row: Coverage) -> Coverage:
        return write.suspend(desk.session, row, (body.on, body.until), body.reason)

    return done(desk, to_alter(desk, coverage_id, if_match), body, "suspend", each)


@router.post("/coverage/{coverage_id}/resume", responses=problems(*ALTERING))
def resume_coverage(desk: Writer, coverage_id: str, body: ResumeIn, if_match: IfMatch = None) -> CoverageWrittenOut:
    """Pay again from a day on."""

    def each(row: Coverage) -> Coverage:
        return write.resume(desk.session, row, body.on)

    return done(desk, to_alter(desk, coverage_id, if_match), body, "resume", each)


@router.post(
    "/coverage/{coverage_id}/phase-out",
    responses=problems(*ALTERING, StandardMissing, PhaseOutUnfit, PhaseOutMonths),
)
def phase_out_coverage(
    desk: Writer, coverage_id: str, body: PhaseOutIn, if_match: IfMatch = None
) -> CoverageWrittenOut:
    """渐退: income per head lies strictly between the standard and its multiple. It begins with the month after the
    decision, for as many months as the area's rule of that day allows; then somebody ends the period."""

    def each(row: Coverage) -> Coverage:
        return write.restate(desk.session, row, phasing.begun(desk.session, row, body))

    return done(desk, to_alter(desk, coverage_id, if_match), body, "phase-out", each)


@router.post("/coverage/{coverage_id}/requalify", responses=problems(*ALTERING, StandardMissing, NotOwed))
def requalify_coverage(
    desk: Writer, coverage_id: str, body: RequalifyIn, if_match: IfMatch = None
) -> CoverageWrittenOut:
    """Found to meet the conditions again while phasing out: that ends with this month, and from the next on the
    difference is paid, counted anew by the standard of then."""

    def each(row: Coverage) -> Coverage:
        return write.restate(desk.session, row, phasing.ended(desk.session, row, body))

    return done(desk, to_alter(desk, coverage_id, if_match), body, "requalify", each)


def to_alter(desk: Desk, coverage_id: str, if_match: str | None) -> Coverage:
    """The period to alter. Raises NotFound, VersionMissing, VersionMismatch."""
    take_turns(desk.session, "persons")
    present = store.find(desk.session, desk.caller, coverage_id)
    check_version(if_match, present.version)
    return present


def done(
    desk: Desk, present: Coverage, body: Dated, action: str, each: Callable[[Coverage], Coverage]
) -> CoverageWrittenOut:
    """Done to this period and, if asked, to those of the household that run that day: to all or to none."""
    others = write.companions(desk.session, present, body.day) if body.whole_household else []
    row = each(present)
    return written(desk, row, action, [each(other) for other in others])


def written(
    desk: Desk, row: Coverage, action: str, others: list[Coverage], fields: list[str] | None = None
) -> CoverageWrittenOut:
    session = desk.session
    people = [one.person_id for one in (row, *others)]
    tell(session, [Touched("person", one, area) for one, area in persons.areas_of(session, people)])
    told = {"persons": people, **({"fields": fields} if fields is not None else {})}
    note(session, desk.ring, desk.caller, f"coverage.{action}", row.coverage_id, **told)
    desk.tag(row.version)
    return CoverageWrittenOut(
        coverage_id=row.coverage_id,
        version=row.version,
        recorded_at=row.recorded_at,
        others=[one.coverage_id for one in others],
    )
