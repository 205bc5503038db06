"""What the matcher must heed of what the registry decides: agreements in force, cases lent out, protected people."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from sqlmodel import col, select

from kit.problems import REFUSALS, problems
from kit.scope import covers, within
from registry.access import agreements
from registry.desk import Desk, reads
from registry.ledger.store import assigned
from registry.ledger.tables import Case
from registry.persons.protections import known_protected
from registry.settings import today

router = APIRouter(tags=["follow"])
Follower = Annotated[Desk, Depends(reads("registry:follow"))]


class AgreedOut(BaseModel):
    """A version in force."""

    version_id: str
    agency: str
    kind: Literal["department", "third-party"]
    purposes: list[str]
    area: str
    fields: dict[str, list[str]]


class DisclosureOut(BaseModel):
    """Versions in force on that day, the cases assigned to each third party, and everybody known to be protected."""

    day: date
    agreements: list[AgreedOut]
    assigned: dict[str, list[str]]
    protected: list[str]


@router.get("/disclosure", responses=problems(*REFUSALS))
def list_disclosure(desk: Follower) -> DisclosureOut:
    """What may be told to whom today: the matcher asks every few seconds, and tells nothing without it."""
    day, area = today(desk.settings), desk.caller.area
    lent = select(Case.assigned_agency, Case.case_id).where(assigned(day), within(desk.caller, col(Case.area)))
    cases: dict[str, list[str]] = {}
    for agency, case_id in desk.session.exec(lent.order_by(col(Case.case_id))):
        cases.setdefault(str(agency), []).append(case_id)
    return DisclosureOut(
        day=day,
        agreements=[
            AgreedOut.model_validate(
                {
                    "version_id": one.version_id,
                    "agency": one.agency,
                    "kind": one.kind,
                    "purposes": sorted(one.purposes),
                    "area": one.area,
                    "fields": {resource: sorted(names) for resource, names in one.fields.items()},
                }
            )
            for one in agreements.in_force(desk.session, desk.ring, day)
            if covers(area, one.area) or covers(one.area, area)
        ],
        assigned=cases,
        protected=known_protected(desk.session, desk.caller),
    )
