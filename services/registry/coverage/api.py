"""Is this person covered on that day, by what (M19)? Asked in batches, purpose on record."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlmodel import Session

from kit.auth import Caller
from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, NotFound, problems
from kit.shapes import UnderArea
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.coverage import store
from registry.coverage.schemas import (
    CoverageAnswerOut,
    CoverageCheckIn,
    CoverageCheckOut,
    CoverageHoldingOut,
    CoverageQueryIn,
)
from registry.coverage.tables import Coverage
from registry.coverage.write_schemas import CoveragePageOut, Programme
from registry.desk import Desk, writes
from registry.persons import store as persons
from registry.settings import today
from registry.times import Asked, AsOf, KnownAt


@dataclass(frozen=True)
class _Held:
    """What people hold, and when it is suspended."""

    rows: dict[str, list[Coverage]]
    paused: store.Pauses

    def holding(self, row: Coverage, day: date) -> CoverageHoldingOut:
        """A period as the answer tells it."""
        status, covers = store.status(row, self.paused.get(row.coverage_id, ()), day)
        return CoverageHoldingOut(
            programme=row.programme, form=row.form, start=row.start, end=row.end, status=status, covers=covers
        )


router = APIRouter(tags=["coverage"])
REGISTERED = "registered"  # a field of agreements (registry/access/resources.py), none of the answer
Reader = Annotated[Desk, Depends(writes("registry:read"))]
Checker = Annotated[Desk, Depends(writes("coverage:check"))]


def narrowed(
    person_id: Annotated[str | None, Query(min_length=36, max_length=36)] = None,
    household_id: Annotated[str | None, Query(min_length=36, max_length=36)] = None,
    area: UnderArea = None,
    programme: Programme | None = None,
    expiring: Annotated[date | None, Query(description="Phase-outs that end by that day")] = None,
) -> store.Wanted:
    """What a list is narrowed to."""
    return store.Wanted(person_id, household_id, area, programme, expiring)


Narrowed = Annotated[store.Wanted, Depends(narrowed)]


@router.get("/coverage", responses=problems(*REFUSALS, CursorInvalid, AreaUnknown))
def list_coverage(
    desk: Reader, page: Paged, narrowed: Narrowed, as_of: AsOf = None, known_at: KnownAt = None
) -> CoveragePageOut:
    """Periods of the caller's area, narrowed, in order of id: those that run on a day, or all; as known at a moment."""
    session, then = desk.session, Asked(as_of, known_at)
    require(session, desk.caller, narrowed.area)
    rows = store.page(session, desk.caller, narrowed, then, page.after("coverage", ""), page.limit)
    paused = store.pauses(session, (row.coverage_id for row in rows), then)
    day = as_of or today(desk.settings)
    people = sorted({row.person_id for row in rows})
    note(session, desk.ring, desk.caller, "coverage.list", None, persons=people)
    return CoveragePageOut(
        coverage=[store.item(row, paused.get(row.coverage_id, ()), day) for row in rows],
        cursor=page.onwards("coverage", rows[-1].coverage_id if rows else None, full=len(rows) == page.limit),
    )


@router.post("/coverage/check", dependencies=[Depends(dear("lookup"))], responses=problems(TooManyRequests, *REFUSALS))
def check_coverage(desk: Checker, body: CoverageCheckIn) -> CoverageCheckOut:
    """Up to 1000 people on one day, as the registry knows it or knew it at `known_at`. A person outside the caller's
    area is `unknown`, like one who is nowhere."""
    session, ring, caller = desk.session, desk.ring, desk.caller
    keys = [persons.number_key(query.id_number) for query in body.queries]
    holders = persons.holders(session, ring, caller, [key for key in keys if key is not None])
    people: list[list[str]] = []
    for query, key in zip(body.queries, keys, strict=True):
        if query.person_id is not None:
            people.append(_by_id(session, caller, query))
        else:
            people.append([row.person_id for row in persons.chosen(holders.get(key or "", []), query.name)])
    asked = sorted({found[0] for found in people if len(found) == 1})
    then = Asked(body.on_date, body.known_at)
    held = store.of_persons(session, caller, asked, then)
    paused = store.pauses(session, (row.coverage_id for rows in held.values() for row in rows), then)
    note(session, ring, caller, "coverage.check", queries=len(body.queries), on=body.on_date.isoformat(), persons=asked)
    answers = [
        _known_only(caller, _answer(index, found, _Held(held, paused), body)) for index, found in enumerate(people)
    ]
    return CoverageCheckOut(on_date=body.on_date, answers=answers)


def _known_only(caller: Caller, answer: CoverageAnswerOut) -> CoverageAnswerOut:
    """To another agency whoever is not covered reads alike, registered or not, unless it was agreed to tell that."""
    if caller.terms is None or REGISTERED in caller.terms.fields:
        return answer
    if answer.status != "covered":
        return CoverageAnswerOut(index=answer.index, status="not-covered", person_id=None, holdings=[])
    return answer.model_copy(update={"holdings": [one for one in answer.holdings if one.covers]})


def _by_id(session: Session, caller: Caller, query: CoverageQueryIn) -> list[str]:
    try:
        found = persons.find(session, caller, query.person_id or "")
    except NotFound:
        return []
    return [found.person_id] if query.name in (None, found.name) else []


def _answer(index: int, found: list[str], held: _Held, body: CoverageCheckIn) -> CoverageAnswerOut:
    if len(found) != 1:
        return CoverageAnswerOut(index=index, status="ambiguous" if found else "unknown", person_id=None, holdings=[])
    holdings = [held.holding(row, body.on_date) for row in held.rows.get(found[0], [])]
    covered = any(one.covers for one in holdings)
    return CoverageAnswerOut(
        index=index, status="covered" if covered else "not-covered", person_id=found[0], holdings=holdings
    )
