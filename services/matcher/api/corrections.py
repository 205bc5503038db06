"""What an agency is asked to correct in its own data, and the county's view of what still stands."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from kit.auth import Caller, requires
from kit.crypto import KeyRing
from kit.paging import Paged
from kit.problems import CursorInvalid, problems
from kit.web import Writing
from matcher.api.door import REFUSALS
from matcher.api.schemas_figures import CorrectionOut, CorrectionPageOut, PlaceOut
from matcher.audit.store import note
from matcher.flows.ask_corrections import Correction, Office, ask_corrections, calendar_of

router = APIRouter(tags=["batches"])
Reader = Annotated[Caller, Depends(requires("batches:read"))]


@router.get("/corrections", responses=problems(*REFUSALS, CursorInvalid))
def list_corrections(
    page: Paged,
    session: Writing,
    caller: Reader,
    feed: Annotated[str | None, Query(max_length=64)] = None,
    state: Annotated[
        Literal["open", "answered"] | None, Query(description="Narrows each page: a page may hold fewer, or none")
    ] = None,
) -> CorrectionPageOut:
    """Rows that visits found wrong, to be checked and put right within ten working days (政务数据共享条例 第二十六条).

    An agency sees its own. `answered` once a later delivery no longer has the row as it was. Nothing here says what
    the county knows of the person.
    """
    state_ = page.request.app.state
    ring: KeyRing = state_.ring
    office = Office(session, state_.files, ring.mac, calendar_of(state_.desk.settings))
    found = ask_corrections(office, caller, feed, page.after("correction", ""), page.limit)
    following = page.onwards("correction", found and found[-1].correction_id, full=len(found) == page.limit)
    shown = [_out(one) for one in found if state is None or one.state == state]
    if shown:
        note(session, ring, caller, "correction.list", None, records=[f"{one.batch_id}:{one.line}" for one in shown])
    return CorrectionPageOut(corrections=shown, cursor=following)


def _out(one: Correction) -> CorrectionOut:
    return CorrectionOut(
        correction_id=one.correction_id,
        batch_id=one.batch_id,
        line=one.line,
        feed=one.feed,
        kind=one.mistake.kind,
        title=one.mistake.title,
        request=one.mistake.request,
        fields=list(one.fields),
        found_on=one.found_on,
        due_on=one.due_on,
        state=one.state,
        answered_by=one.answered_by,
        stands=None if one.stands is None else PlaceOut(batch_id=one.stands[0], line=one.stands[1]),
    )
