"""Is this person covered on that day, by what (M19)? Asked in batches, purpose on record."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlmodel import Session

from kit.auth import Caller
from kit.limits import TooManyRequests, dear
from kit.problems import REFUSALS, NotFound, problems
from registry.audit.store import note
from registry.coverage import store
from registry.coverage.rules import covers_on
from registry.coverage.schemas import (
    CoverageAnswerOut,
    CoverageCheckIn,
    CoverageCheckOut,
    CoverageHoldingOut,
    CoverageQueryIn,
)
from registry.coverage.tables import Coverage
from registry.desk import Desk, writes
from registry.persons import store as persons

router = APIRouter(tags=["coverage"])
REGISTERED = "registered"  # a field of agreements (registry/access/resources.py), none of the answer
Checker = Annotated[Desk, Depends(writes("coverage:check"))]


@router.post("/coverage/check", dependencies=[Depends(dear("lookup"))], responses=problems(TooManyRequests, *REFUSALS))
def check_coverage(desk: Checker, body: CoverageCheckIn) -> CoverageCheckOut:
    """Up to 1000 people on one day. A person outside the caller's area is `unknown`, like one who is nowhere."""
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
    held = store.held_on(session, caller, asked, body.on_date)
    note(session, ring, caller, "coverage.check", queries=len(body.queries), on=body.on_date.isoformat(), persons=asked)
    answers = [_known_only(caller, _answer(index, found, held, body)) for index, found in enumerate(people)]
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


def _answer(index: int, found: list[str], held: dict[str, list[Coverage]], body: CoverageCheckIn) -> CoverageAnswerOut:
    if len(found) != 1:
        return CoverageAnswerOut(index=index, status="ambiguous" if found else "unknown", person_id=None, holdings=[])
    holdings = [
        CoverageHoldingOut(
            programme=row.programme,
            form=row.form,
            start=row.start,
            end=row.end,
            covers=covers_on(row.programme, row.start, row.end, body.on_date),
        )
        for row in held.get(found[0], [])
    ]
    covered = any(one.covers for one in holdings)
    return CoverageAnswerOut(
        index=index, status="covered" if covered else "not-covered", person_id=found[0], holdings=holdings
    )
