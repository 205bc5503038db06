"""Slips: found and put by whoever stands above the counties, answered by each county, decided where they disagree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, NotFound, VersionMismatch, VersionMissing, problems
from kit.scope import prefix
from kit.shapes import AreaCode
from kit.sheets_out import XLSX, book
from kit.watermarks import Watermark
from registry.areas.problems import AreaUnknown
from registry.areas.store import names_of, require
from registry.audit.reveals import READ_PROBLEMS, Asked, tell
from registry.audit.store import note
from registry.changes.store import append as announce
from registry.desk import Desk, IfMatch, check_version, writes
from registry.settings import today
from registry.slips import store
from registry.slips.problems import SlipAboveCounties, SlipAnsweredByCounty, SlipClosed, SlipCountyUnknown
from registry.slips.schemas import (
    AnswerSlipIn,
    DecideSlipIn,
    FindSlipsIn,
    SlipDetailOut,
    SlipPageOut,
    SlipsFoundOut,
    SlipState,
)
from registry.slips.sheet import sheet
from registry.slips.show import people_of, show, show_one
from registry.slips.tables import Slip
from registry.table import IdempotentRoute

router = APIRouter(tags=["slips"], route_class=IdempotentRoute)
Reader = Annotated[Desk, Depends(writes("cases:read"))]
Answerer = Annotated[Desk, Depends(writes("cases:write"))]
Decider = Annotated[Desk, Depends(writes("cases:approve"))]
MOST = 5000  # slips of one sheet
COUNTY_DIGITS = 6
STEPS = (*REFUSALS, *REPEATS, NotFound, VersionMissing, VersionMismatch, SlipClosed)


@dataclass(frozen=True)
class SlipQuery:
    """What a list of slips may be narrowed to."""

    area: Annotated[AreaCode | None, Query(description="12-digit code; slips that ask there")] = None
    state: SlipState | None = None
    overdue: Annotated[bool, Query(description="Open, and past its day")] = False
    waiting: Annotated[bool, Query(description="Open, and somebody of the caller's area has not answered")] = False

    @property
    def filter(self) -> store.SlipFilter:
        """As the store takes it."""
        return store.SlipFilter(prefix(self.area) if self.area else None, self.state, self.overdue, self.waiting)


Narrowed = Annotated[SlipQuery, Depends()]


def _above_counties(desk: Desk) -> None:
    if len(prefix(desk.caller.area)) >= COUNTY_DIGITS:
        raise SlipAboveCounties


@router.post("/slips/find", responses=problems(*REFUSALS, *REPEATS, SlipAboveCounties))
def find_slips(desk: Decider, body: FindSlipsIn) -> SlipsFoundOut:
    """Look for everybody supported in several counties of the caller's area today, and put a numbered slip to each of
    these counties, due in working days. Safe to repeat: the same periods are put once."""
    _above_counties(desk)
    found = store.find_and_put(desk, dry_run=body.dry_run)
    if found.slips:
        announce(desk.session, store.touched(desk.session, found.slips))
    counts = found.told.model_dump(include={"found", "made", "ceased", "dry_run"})
    note(desk.session, desk.ring, desk.caller, "slip.find", None, persons=found.persons, **counts)
    return found.told


@router.get("/slips", responses=problems(*REFUSALS, AreaUnknown, CursorInvalid))
def list_slips(desk: Reader, narrowed: Narrowed, page: Paged) -> SlipPageOut:
    """Slips the caller's area asked or is asked, the newest first; masked."""
    require(desk.session, desk.caller, narrowed.area)
    before = page.after("slip", None)
    at = (None if before is None else str(before), page.limit)
    rows = store.page(desk.session, desk.caller, narrowed.filter, today(desk.settings), at)
    slips = show(desk, rows)
    note(desk.session, desk.ring, desk.caller, "slip.list", None, persons=_persons(desk, rows))
    last = rows[-1].slip_id if rows else ""
    return SlipPageOut(slips=slips, cursor=page.onwards("slip", last, full=len(rows) == page.limit))


@router.get(
    "/slips/export.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(TooManyRequests, *REFUSALS, AreaUnknown)},
)
def export_slips(desk: Reader, narrowed: Narrowed) -> Response:
    """The same list as a sheet, a line for each side; masked and watermarked. At most 5000 slips, the newest."""
    require(desk.session, desk.caller, narrowed.area)
    rows = store.page(desk.session, desk.caller, narrowed.filter, today(desk.settings), (None, MOST))
    mark = Watermark.of(desk.caller)
    name = names_of(desk.session, [desk.caller.area]).get(desk.caller.area, "")
    content = book([sheet(show(desk, rows), name)], mark.line)
    note(desk.session, desk.ring, desk.caller, "slip.export", mark.mark_id, persons=_persons(desk, rows))
    headers = {"Content-Disposition": 'attachment; filename="slips.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)


@router.get("/slips/{slip_id}", responses=problems(*REFUSALS, *READ_PROBLEMS, NotFound))
def get_slip(desk: Reader, slip_id: str, asked: Asked) -> SlipDetailOut:
    """One slip with what happened to it; masked, unless a token whose purpose is to reveal gives a `reason`: then the
    persons of the caller's own sides are counted and told."""
    slip = store.find(desk.session, desk.caller, slip_id)
    revealed = asked.of(desk.caller)
    if revealed:
        tell(desk, people_of(desk.session, desk.caller, [slip]))
    out = show_one(desk, slip, revealed=revealed)
    why = {"reason": asked.reason} if revealed else {}
    _note(desk, "slip.read", slip, revealed=revealed, **why)
    desk.tag(slip.version)
    return out


@router.post(
    "/slips/{slip_id}/answer", responses=problems(*STEPS, SlipAnsweredByCounty)
)  # fmt: skip
def answer_slip(desk: Answerer, slip_id: str, body: AnswerSlipIn, if_match: IfMatch = None) -> SlipDetailOut:
    """A county's answer for its own side, in the version seen. Once all fit together the slip is settled; where they do
    not, whoever asked decides. Until then a county may answer anew."""
    slip = store.find(desk.session, desk.caller, slip_id)
    check_version(if_match, slip.version)
    store.answer(desk, slip, body)
    return _altered(desk, "slip.answer", slip)


@router.post("/slips/{slip_id}/decide", responses=problems(*STEPS, SlipAboveCounties, SlipCountyUnknown))
def decide_slip(desk: Decider, slip_id: str, body: DecideSlipIn, if_match: IfMatch = None) -> SlipDetailOut:
    """Whoever stands above decides which county goes on, in the version seen."""
    slip = store.find(desk.session, desk.caller, slip_id)
    _above_counties(desk)
    check_version(if_match, slip.version)
    store.decide(desk, slip, body)
    return _altered(desk, "slip.decide", slip)


def _altered(desk: Desk, action: str, slip: Slip) -> SlipDetailOut:
    out = show_one(desk, slip)
    announce(desk.session, store.touched(desk.session, [slip]))
    _note(desk, action, slip)
    desk.tag(slip.version)
    return out


def _note(desk: Desk, action: str, slip: Slip, **detail: object) -> None:
    note(desk.session, desk.ring, desk.caller, action, slip.slip_id, persons=_persons(desk, [slip]), **detail)


def _persons(desk: Desk, slips: Sequence[Slip]) -> list[str]:
    return sorted({one.subject for one in people_of(desk.session, desk.caller, slips)})
