"""Following the registry: what changed since a cursor, waiting a while when nothing has."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from sqlmodel import select

from kit.database import Database, glance, reading, transaction
from kit.lookout import Marks
from kit.paging import decode_cursor, encode_cursor
from kit.problems import REFUSALS, CursorExpired, CursorInvalid, problems
from registry.areas.lineage import VERSION
from registry.audit.store import note
from registry.changes import store as changes
from registry.changes.store import POSITION
from registry.changes.tables import Change
from registry.desk import Counter, stands
from registry.ledger.news import news_of
from registry.persons.merges import told_survivors
from registry.views.person import Viewer, by_ids
from registry.views.schemas import ChangeOut, ChangePageOut

router = APIRouter(tags=["follow"])
Follower = Annotated[Counter, Depends(stands("registry:follow"))]
LOOK_SECONDS = 0.25
_MARKS = select(*(one.scalar_subquery() for one in (VERSION, *POSITION)))


@router.get(
    "/changes",
    responses=problems(*REFUSALS, CursorInvalid, CursorExpired),
)
async def list_changes(
    request: Request,
    counter: Follower,
    cursor: str | None = None,
    wait: Annotated[int, Query(ge=0, le=30, description="Seconds to wait when nothing has changed")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> ChangePageOut:
    """Changes of the caller's area in order of commit, after `cursor` (from an export or the page before).

    410 `cursor-expired`: take a new `/export` and go on from its cursor; nothing is lost. A thing that changed twice
    may show its last state twice, or, once older changes have given way to its newest, once.
    """
    after = _place(decode_cursor(counter.ring, cursor)) if cursor else 0
    until = time.monotonic() + wait
    last: int = request.state.marks.told
    while True:
        # Where nothing was told since, no row is read; `last` may be a little old.
        page = _Page([], last, more=False) if after == last else await run_in_threadpool(_look, counter, after, limit)
        left = until - time.monotonic()
        if page.changes or left <= 0:
            return ChangePageOut(
                changes=page.changes, cursor=encode_cursor(counter.ring, {"seq": page.seq}), more=page.more
            )
        after = page.seq
        # No thread and no transaction is held while waiting, and all who wait share one look.
        await asyncio.sleep(min(LOOK_SECONDS, left))
        last = (await request.app.state.marks.lately()).told


@dataclass(frozen=True)
class _Page:
    """Some changes, the place to go on from, and whether there are more."""

    changes: list[ChangeOut]
    seq: int
    more: bool


def _look(counter: Counter, after: int, limit: int) -> _Page:
    """The changes after a place, noted if there are any. Raises CursorExpired."""
    database, ring, caller = counter.database, counter.ring, counter.caller
    with reading(database) as session:
        seen = changes.position(session)
        rows = changes.after(session, caller, after, limit + 1)
        # The place to go on from is the end of what was looked at, also where nothing was for this caller.
        seq = rows[:limit][-1].seq if rows else max(after, seen)
        page = _Page(_out(Viewer(session, ring, caller), rows[:limit]), seq, more=len(rows) > limit)
    if rows:
        with transaction(database) as session:
            note(session, ring, caller, "registry.follow", first=rows[0].seq, last=seq)
    return page


def marks(database: Database) -> Marks:
    """As they stand."""
    places, last, floor = glance(database, _MARKS)
    return Marks(places or 0, max(last or 0, floor or 0))


def _place(payload: dict[str, Any]) -> int:
    """The number a cursor stands at. Raises CursorInvalid for the cursor of another list."""
    if not isinstance(payload.get("seq"), int):
        raise CursorInvalid
    return int(payload["seq"])


def _out(viewer: Viewer, rows: Sequence[Change]) -> list[ChangeOut]:
    told = sorted({row.subject for row in rows if row.kind == "person"})
    people = by_ids(viewer, told)
    merged = told_survivors(viewer.session, viewer.caller, [one for one in told if one not in people])
    cases = sorted({row.subject for row in rows if row.kind == "case"})
    news = news_of(viewer.session, viewer.ring, viewer.caller, cases)
    return [
        ChangeOut(
            seq=row.seq,
            kind=row.kind,
            id=row.subject,
            recorded_at=row.recorded_at,
            survivor_id=merged.get(row.subject),
            person=people.get(row.subject),
            case=news.get(row.subject),
        )
        for row in rows
    ]
