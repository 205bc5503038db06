"""Who is protected: said with a reason, by a call of its own, and kept on record.

Anybody who works on a case may say that somebody is protected, or, having been there, that they are not; only who
answers for protected people takes a protection away again.
"""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from sqlmodel import col, select

from kit.problems import REFUSALS, REPEATS, NotFound, Problem, Unfit, problems
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell
from registry.desk import Desk, writes
from registry.ledger.store import visible
from registry.ledger.tables import Case, CaseItem
from registry.persons import protections, store
from registry.persons.protections import SEES_PROTECTED, YES
from registry.table import IdempotentRoute, take_turns

router = APIRouter(tags=["persons"], route_class=IdempotentRoute)
Worker = Annotated[Desk, Depends(writes("cases:write"))]
Seer = Annotated[Desk, Depends(writes(SEES_PROTECTED))]
Id = Annotated[str, StringConstraints(min_length=36, max_length=36)]
State = Literal["yes", "no", "unknown"]
Kind = Literal["domestic-violence", "witness", "minor", "trafficking", "other"]


class ProtectionKept(Problem):
    status, code = 403, "protection-kept"
    zh = "此人为受保护人员，只有受保护人员专管可以解除或更改。请联系专管人员。"
    en = "This person is protected. Only who answers for protected people changes that: ask them."


class ProtectionIn(BaseModel):
    """What is said of whom: a person of the registry, or (`subject_id`) somebody a case is about whom it does not hold.

    `kind` goes with yes. `reason` is kept sealed.
    """

    model_config = ConfigDict(extra="forbid")

    person_id: Id | None = None
    subject_id: Id | None = None
    state: State
    kind: Kind | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]

    @model_validator(mode="after")
    def names_one(self) -> "ProtectionIn":
        """Exactly one of person and subject, and a kind with yes alone."""
        if (self.person_id is None) == (self.subject_id is None):
            raise Unfit("person_id、subject_id 写一项 (give person_id or subject_id)")
        if (self.kind is not None) != (self.state == YES):
            raise Unfit("yes 须写 kind，其余不写 (kind goes with yes alone)")
        return self


class ProtectionOut(BaseModel):
    """What holds of somebody, and who said so when. The reason is not shown."""

    state: State
    kind: Kind | None
    set_by: str | None
    set_at: datetime | None


@router.post("/protections", responses=problems(*REFUSALS, *REPEATS, NotFound, ProtectionKept))
def set_protection(desk: Worker, body: ProtectionIn) -> ProtectionOut:
    """Say that somebody is protected, is not, or that it is not known. The last word counts.

    A protection is taken away by callers with persons:protected only.
    """
    take_turns(desk.session, "protections")
    who, area = _meant(desk, body)
    before = protections.states(desk.session, [who])[who]
    if before == YES and SEES_PROTECTED not in desk.caller.scopes:
        raise ProtectionKept
    row = {"who": who, "state": body.state, "kind": body.kind, "area": area}
    made = protections.say(desk.session, desk.ring, desk.caller, row, body.reason)
    if body.person_id is not None:
        tell(desk.session, [Touched("person", who, area)])
    note(desk.session, desk.ring, desk.caller, "person.protect", who, state=body.state, kind=body.kind)
    return ProtectionOut.model_validate(made, from_attributes=True)


@router.get("/persons/{person_id}/protection", responses=problems(*REFUSALS, NotFound))
def get_protection(desk: Seer, person_id: str) -> ProtectionOut:
    """Whether somebody is protected, and who said so."""
    row = store.find(desk.session, desk.caller, person_id)
    found = protections.last(desk.session, row.person_id)
    note(desk.session, desk.ring, desk.caller, "protection.read", row.person_id)
    if found is None:
        return ProtectionOut(state="unknown", kind=None, set_by=None, set_at=None)
    return ProtectionOut.model_validate(found, from_attributes=True)


def _meant(desk: Desk, body: ProtectionIn) -> tuple[str, str]:
    """Whose id and in which area. Raises NotFound for whom the caller cannot see."""
    if body.person_id is not None:
        row = store.find(desk.session, desk.caller, body.person_id)
        return row.person_id, row.area
    about = select(Case.area).join(CaseItem, col(CaseItem.case_id) == col(Case.case_id))
    query = about.where(col(CaseItem.subject_id) == body.subject_id, visible(desk.caller))
    area = desk.session.exec(query.limit(1)).first()
    if area is None:
        raise NotFound
    return str(body.subject_id), area
