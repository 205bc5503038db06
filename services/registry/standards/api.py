"""What the state pays, by area and day: reading it, fixing it, having it judged."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from sqlmodel import Session

from kit.limits import TooManyRequests, dear
from kit.problems import (
    REFUSALS,
    REPEATS,
    BodyInvalid,
    BodyTooLarge,
    DigestMismatch,
    FieldIssue,
    VersionMismatch,
    VersionMissing,
    problems,
)
from kit.scope import covers
from kit.shapes import AreaInPath, AskedArea
from kit.sheets_out import XLSX
from kit.uploads import FILE_BODY, WholeBody
from registry.access.problems import AreaOutside
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell
from registry.desk import Desk, IfMatch, check_version, reads, writes
from registry.settings import today
from registry.standards import sheet, store
from registry.standards.judge import judge
from registry.standards.kinds import KINDS
from registry.standards.problems import StandardFileInvalid, StandardUnordered
from registry.standards.schemas import (
    KindName,
    ProposalsIn,
    StandardHistoryOut,
    StandardImportOut,
    StandardIn,
    StandardsOut,
    StandardVerdictOut,
    StandardWrittenOut,
    VerdictsOut,
    yearly_begins,
)
from registry.standards.store import Said, Standards
from registry.table import IdempotentRoute, take_turns
from registry.times import Asked, KnownAt

router = APIRouter(tags=["standards"], route_class=IdempotentRoute)
Anybody = Annotated[Desk, Depends(reads())]  # standards are published: any token will do
Fixer = Annotated[Desk, Depends(writes("standards:write"))]


@router.get("/standards", responses=problems(*REFUSALS, AreaUnknown))
def list_standards(desk: Anybody, area: AskedArea, on: date | None = None, known_at: KnownAt = None) -> StandardsOut:
    """Standards, yearly figures and rules that hold in an area on a day (today by default), as known at a moment: its
    own, else of the nearest area above it that has one."""
    require(desk.session, desk.caller, area)
    day = on or today(desk.settings)
    known = store.of_area(desk.session, area, Asked(known_at=known_at))
    found = [row for kind in KINDS if (row := known.on(kind, day)) is not None]
    return StandardsOut(area=area, on=day, standards=[store.out(row, area) for row in found])


@router.get(
    "/standards.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(TooManyRequests, *REFUSALS, AreaUnknown)},
)
def export_standards(desk: Anybody, area: AskedArea, known_at: KnownAt = None) -> Response:
    """All days on record of an area and those above it, as known at a moment, in the layout of `/standards/import`."""
    require(desk.session, desk.caller, area)
    content = sheet.write(store.of_area(desk.session, area, Asked(known_at=known_at)).rows)
    return Response(content, media_type=XLSX, headers={"Content-Disposition": 'attachment; filename="standards.xlsx"'})


@router.get("/standards/{area}/{kind}", responses=problems(*REFUSALS, AreaUnknown))
def get_standard(desk: Anybody, area: AreaInPath, kind: KindName, known_at: KnownAt = None) -> StandardHistoryOut:
    """One kind in one area through time, what it inherits left out; the ETag is the version a write must have seen."""
    require(desk.session, desk.caller, area)
    rows = store.history(desk.session, area, kind, Asked(known_at=known_at))
    version = store.version_of(desk.session, area, kind)
    desk.tag(version)
    return StandardHistoryOut(area=area, kind=kind, version=version, versions=[store.out(row, area) for row in rows])


@router.put(
    "/standards/{area}/{kind}",
    responses=problems(
        *REFUSALS, *REPEATS, AreaUnknown, AreaOutside, VersionMissing, VersionMismatch, StandardUnordered
    ),
)
def put_standard(
    desk: Fixer, area: AreaInPath, kind: KindName, body: StandardIn, if_match: IfMatch = None
) -> StandardWrittenOut:
    """Fix or correct a standard of the caller's area. Breaches of the rules of adjustment are answered as warnings.
    If-Match names the version seen, where one is on record."""
    session = desk.session
    _ours(desk, [area])
    require(session, desk.caller, area)
    if not yearly_begins(kind, body.valid_from):
        raise BodyInvalid(errors=[FieldIssue("/valid_from", "not-january", "年度数据自 1 月 1 日起")])
    take_turns(session, "standards")
    present = store.version_of(session, area, kind)
    if present:
        check_version(if_match, present)
    said = Said(area, kind, body.value, body.valid_from, body.valid_to, body.basis)
    verdict = None if body.value is None else judge(store.of_area(session, area), said)
    version, at = (store.change if body.mode == "change" else store.correct)(session, said)
    tell(session, [Touched("area", area, area)])
    of = {"kind": kind, "mode": body.mode, "since": body.valid_from.isoformat(), "value": body.value}
    note(session, desk.ring, desk.caller, "standard.put", area, **of)
    desk.tag(version)
    return StandardWrittenOut(area=area, kind=kind, version=version, recorded_at=at, verdict=verdict)


@router.post("/standards/validate", responses=problems(*REFUSALS, *REPEATS, AreaUnknown))
def validate_standards(desk: Anybody, body: ProposalsIn) -> VerdictsOut:
    """What the rules of adjustment say of standards somebody thinks of fixing. Nothing is written."""
    for area in dict.fromkeys(one.area for one in body.proposals):
        require(desk.session, desk.caller, area)
    said = [Said(one.area, one.kind, one.value, one.valid_from) for one in body.proposals]
    return VerdictsOut(verdicts=_judged(desk.session, said))


@router.post(
    "/standards/import",
    dependencies=[Depends(dear("file"))],
    responses=problems(
        TooManyRequests, *REFUSALS, *REPEATS, StandardFileInvalid, AreaOutside, BodyTooLarge, DigestMismatch
    ),
    openapi_extra=FILE_BODY,
)
def import_standards(desk: Fixer, content: WholeBody) -> StandardImportOut:
    """Standards as a table, each row for its days; all or nothing. What stands already is unchanged, so that an export
    sent back changes nothing, not even where it names areas above the caller's."""
    session = desk.session
    said = sheet.read(content)
    take_turns(session, "standards")
    fresh = [one for one in said if not store.stands(session, one)]
    _ours(desk, [one.area for one in fresh])
    verdicts = _judged(session, fresh)
    for one in fresh:
        store.correct(session, one)
    if fresh:
        tell(session, [Touched("area", area, area) for area in dict.fromkeys(one.area for one in fresh)])
    counts = {"written": len(fresh), "unchanged": len(said) - len(fresh)}
    note(session, desk.ring, desk.caller, "standards.import", None, **counts)
    return StandardImportOut(**counts, verdicts=verdicts)


def _ours(desk: Desk, areas: list[str]) -> None:
    """Whoever fixes what an area pays answers for it. Raises AreaOutside."""
    if not all(covers(desk.caller.area, area) for area in areas):
        raise AreaOutside


def _judged(session: Session, said: list[Said]) -> list[StandardVerdictOut]:
    """Each among the others, as if they stood."""
    others = [(one, store.as_if(one)) for one in said if one.value is not None]
    known = {area: store.of_area(session, area) for area in dict.fromkeys(one.area for one in said)}
    return [
        judge(Standards(one.area, [*known[one.area].rows, *(row for other, row in others if other is not one)]), one)
        for one in said
    ]
