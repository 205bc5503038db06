"""Why was this household not on the list, given what we knew? One request (decision 95)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from kit.problems import REFUSALS, NotFound, problems
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.households import store as households
from registry.persons import protections
from registry.persons.merges import owners
from registry.settings import today
from registry.times import NOW, Asked, AsOf, KnownAt
from registry.views.standing import Question, Standing, standing_of
from registry.views.standing_later import MOST, After, later
from registry.views.standing_people import people_of
from registry.views.standing_schemas import (
    HouseholdStandingOut,
    LaterOut,
    StandingDifferenceOut,
    StandingFindingOut,
)

router = APIRouter(tags=["households"])
Reader = Annotated[Desk, Depends(writes("registry:read"))]
ComparedTo = Annotated[AwareDatetime | None, Query(description="Another moment: what did it say differently?")]


@router.get("/households/{household_id}/standing", responses=problems(*REFUSALS, NotFound))
def get_household_standing(
    desk: Reader, household_id: str, as_of: AsOf = None, known_at: KnownAt = None, compared_to: ComparedTo = None
) -> HouseholdStandingOut:
    """How a household stood on a day (today by default) by the knowledge of a moment: each member's places, support in
    force, ended and suspended, category, cases then open and closed, merges; a sentence for each thing that decides;
    and what was recorded only afterwards. On a day before anybody was registered in it, its people are those supported
    under it, and a sentence says so. Names are masked; of protected members nothing is told."""
    session, caller = desk.session, desk.caller
    then = Asked(as_of or today(desk.settings), known_at)
    question = Question(session, desk.ring, caller, household_id, then)
    stood = standing_of(question)
    if stood.home is None:
        households.find(session, caller, household_id, NOW)  # it may have been recorded since; else it is not there
    came = _later(question, stood)
    told = [one.person_id for one in stood.members]
    note(session, desk.ring, caller, "household.standing", household_id, persons=told)
    home = stood.home
    return HouseholdStandingOut(
        household_id=household_id,
        as_of=then.as_of or today(desk.settings),
        known_at=known_at,
        known=home is not None,
        kind=home.kind if home else None,
        number=home.number if home else None,
        area=home.area if home else None,
        cases=stood.cases,
        members=stood.members,
        findings=stood.findings,
        later=came[:MOST],
        later_count=len(came),
        difference=_difference(question, stood, compared_to),
    )


def _later(question: Question, stood: Standing) -> list[LaterOut]:
    """Of who was told of, and of who belongs to it by now; of the protected not even that something came."""
    if question.then.known_at is None:
        return []
    session, caller = question.session, question.caller
    by_now = people_of(session, caller, question.household_id, Asked(question.then.as_of))
    ids = {one.person_id for one in stood.members} | {one.person_id for one in by_now.members}
    hidden = protections.hidden(session, caller, ids)
    if hidden:
        return []
    whose = sorted(owners(session, sorted(ids)))
    return later(After(session, caller, question.household_id, whose, question.then.known_at))


def _difference(question: Question, stood: Standing, compared_to: AwareDatetime | None) -> StandingDifferenceOut | None:
    if compared_to is None:
        return None
    then = Asked(question.then.as_of, compared_to)
    other = standing_of(Question(question.session, question.ring, question.caller, question.household_id, then))
    return StandingDifferenceOut(
        known_at=compared_to,
        only_then=_but(other.findings, stood.findings),
        only_now=_but(stood.findings, other.findings),
    )


def _but(these: list[StandingFindingOut], those: list[StandingFindingOut]) -> list[StandingFindingOut]:
    said = {(one.code, one.person_id, one.text) for one in those}
    return [one for one in these if (one.code, one.person_id, one.text) not in said]
