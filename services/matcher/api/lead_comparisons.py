"""The rows behind a lead beside whom they are taken for, character by character, for whoever knocks at the door."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from kit.auth import Caller, requires
from kit.problems import NotFound, problems
from kit.web import Writing
from matcher.api.door import REFUSALS
from matcher.api.schemas import Out
from matcher.api.schemas_reviews import SideDifferenceOut
from matcher.api.veil import veil_of
from matcher.audit.store import note
from matcher.flows.compare_lead import Beside, compare_lead
from matcher.leads import reading

router = APIRouter(tags=["leads"])
Reader = Annotated[Caller, Depends(requires("leads:read"))]


class RowComparisonOut(Out):
    """One row behind a lead. `against`: `registry`, or the row (`batch:line`) it is set beside where the registry does
    not know the person. Values are masked; where they differ is not."""

    record: str
    title: str
    told_on: date
    against: str
    differences: list[SideDifferenceOut]


class LeadComparisonsOut(Out):
    """Every row behind a lead that is kept still, up to twenty."""

    lead_id: str
    comparisons: list[RowComparisonOut]


@router.get("/leads/{lead_id}/comparisons", responses=problems(*REFUSALS, NotFound))
def compare_lead_rows(request: Request, session: Writing, caller: Reader, lead_id: str) -> LeadComparisonsOut:
    """What each agency wrote of this person beside what the registry has, field by field, masked; which characters
    differ is told all the same. Nothing of somebody protected. The look is recorded."""
    ring = request.app.state.ring
    lead = reading.find(session, caller, lead_id)
    hidden = veil_of(request.app, caller).hides(ring, lead)
    found = [] if hidden else compare_lead(request.app.state.desk, session, lead)
    note(session, ring, caller, "lead.compare", lead.id, version=lead.version)
    return LeadComparisonsOut(lead_id=lead.id, comparisons=[_out(one) for one in found])


def _out(beside: Beside) -> RowComparisonOut:
    return RowComparisonOut(
        record=beside.record,
        title=beside.title,
        told_on=beside.told_on,
        against=beside.against,
        differences=[SideDifferenceOut(**{**vars(one), "level": None}) for one in beside.differences],
    )
