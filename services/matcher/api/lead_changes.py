"""The match list as it changes: what a township's own system follows instead of reading the list again and again."""

import asyncio
import time
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session, col, select

from kit.auth import Caller, requires
from kit.crypto import KeyRing
from kit.database import Database, glance, reading, transaction
from kit.lookout import Marks
from kit.paging import decode_cursor, encode_cursor
from kit.problems import CursorExpired, CursorInvalid, problems
from matcher.api.colouring import Colouring, colouring_of
from matcher.api.door import REFUSALS
from matcher.api.leads import lead_out
from matcher.api.schemas import LeadChangeOut, LeadChangePageOut
from matcher.api.veil import Veil, veil_of
from matcher.audit.store import note
from matcher.leads import changes
from matcher.people.tables import STANDING, Standing

router = APIRouter(tags=["leads"])


# A poll that brings nothing, as nearly all do, is answered without a thread or a question to the database, most times.
Reader = Annotated[Caller, Depends(requires("leads:read", lately=True))]
RESYNC = "/matcher/v1/leads/changes"
LOOK_SECONDS = 0.25
_MARKS = select(Standing.inputs, Standing.change_seq).where(col(Standing.id) == STANDING)
# Where a reader is: the last number seen, and while it takes the list as it stands, the last lead given.
SEQ, LEAD = "lead_seq", "lead_id"


@router.get("/leads/changes", responses=problems(*REFUSALS, CursorInvalid, CursorExpired))
async def list_lead_changes(
    request: Request,
    caller: Reader,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    wait: Annotated[int, Query(ge=0, le=30, description="Seconds to wait when nothing has changed")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> LeadChangePageOut:
    """Entries that came or changed (`upsert`) and that are gone from the caller's area (`withdrawal`), in order.

    Without a cursor: every entry of the list as it stands, then what changes from there on. An entry appears once its
    case exists, so that it can be taken over; what is shown is the entry as it is now, so one that changed twice may
    come twice alike. What just became so may be told a quarter of a second late; `wait` waits for it. 410
    `cursor-expired`: begin without a cursor.
    """
    state = request.app.state
    place = decode_cursor(state.ring, cursor) if cursor is not None else {}
    if cursor is not None and not isinstance(place.get(SEQ), int):
        raise CursorInvalid
    until = time.monotonic() + wait
    last: int = request.state.marks.told
    while True:
        page = await _page(request.app, caller, place, limit, last)
        left = until - time.monotonic()
        if page.changes or page.more or left <= 0:
            if page.changes:
                await run_in_threadpool(_note, state.database, state.ring, caller, page)
            return page
        place = decode_cursor(state.ring, page.cursor)
        # No thread and no transaction is held while waiting, and all who wait share one look.
        await asyncio.sleep(min(LOOK_SECONDS, left))
        last = (await state.marks.lately()).told


async def _page(app: FastAPI, caller: Caller, place: dict[str, Any], limit: int, last: int) -> LeadChangePageOut:
    """What there is after `place`. Where nobody was told anything since, no row is read; `last` may be a little old."""
    if place.get(SEQ) == last and LEAD not in place:
        return LeadChangePageOut(changes=[], cursor=encode_cursor(app.state.ring, place), more=False)
    return await run_in_threadpool(_look, app, caller, place, limit)


def marks(database: Database) -> Marks:
    """As they stand."""
    return Marks(*glance(database, _MARKS) or (0, 0))


@dataclass(frozen=True)
class Shown:
    """What entries are shown with."""

    ring: KeyRing
    veil: Veil
    colours: Colouring


def _look(app: FastAPI, caller: Caller, place: dict[str, Any], limit: int) -> LeadChangePageOut:
    veil = veil_of(app, caller)
    with reading(app.state.database) as session:
        shown = Shown(app.state.ring, veil, colouring_of(app, session))
        standing = session.get(Standing, STANDING)
        last, floor = (standing.change_seq, standing.change_floor) if standing is not None else (0, 0)
        after = place.get(SEQ, last)
        # Ahead of the feed: the database was restored from an older copy.
        if after < floor or after > last:
            raise CursorExpired(resync=RESYNC)
        if SEQ not in place or LEAD in place:
            page = _list(session, caller, shown, {SEQ: after, LEAD: place.get(LEAD, "")}, limit)
            # What changed while the list was taken is there already too.
            return page.model_copy(update={"more": page.more or after < last})
        return _changes(session, caller, shown, (after, last), limit)


def _note(database: Database, ring: KeyRing, caller: Caller, page: LeadChangePageOut) -> None:
    """One entry for a page, with the leads it told of: by their numbers changes are forgotten in time."""
    ids = list(dict.fromkeys(one.lead_id for one in page.changes))
    with transaction(database) as session:
        note(session, ring, caller, "lead.changes", None, leads=ids)


def _list(session: Session, caller: Caller, shown: Shown, place: dict[str, Any], limit: int) -> LeadChangePageOut:
    """A page of the list as it stands; whatever changes meanwhile is told again by the changes after it."""
    rows = changes.told(session, caller, place[LEAD], limit + 1)
    given, more = rows[:limit], len(rows) > limit
    following = {SEQ: place[SEQ], **({LEAD: given[-1].id} if more else {})}
    return LeadChangePageOut(
        changes=[
            LeadChangeOut(
                seq=place[SEQ],
                change=changes.UPSERT,
                lead_id=lead.id,
                version=lead.version,
                reason=None,
                lead=lead_out(shown.ring, lead, shown.veil, shown.colours),
            )
            for lead in given
        ],
        cursor=encode_cursor(shown.ring, following),
        more=more,
    )


def _changes(session: Session, caller: Caller, shown: Shown, span: tuple[int, int], limit: int) -> LeadChangePageOut:
    rows = changes.after(session, caller, span[0], limit + 1)
    given, more = rows[:limit], len(rows) > limit
    leads = changes.standing(session, caller, (row.lead_id for row in given if row.change == changes.UPSERT))
    # The place to go on from is the end of what was looked at, also where nothing was for this caller.
    end = given[-1].seq if more else span[1]
    return LeadChangePageOut(
        changes=[
            LeadChangeOut(
                seq=row.seq,
                change=row.change,
                lead_id=row.lead_id,
                version=row.version,
                reason=row.reason,
                lead=lead_out(shown.ring, leads[row.lead_id], shown.veil, shown.colours)
                if row.lead_id in leads
                else None,
            )
            for row in given
        ],
        cursor=encode_cursor(shown.ring, {SEQ: end}),
        more=more,
    )
