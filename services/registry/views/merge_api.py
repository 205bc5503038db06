"""Two persons turn out to be one, or one to be two: said by a human, told to followers, and taken back the same way."""

from collections.abc import Iterable
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator

from kit.problems import REFUSALS, REPEATS, NotFound, Unfit, VersionMismatch, VersionMissing, problems
from registry.audit.store import note
from registry.changes.store import Touched
from registry.changes.store import append as tell
from registry.coverage import store as coverage
from registry.coverage import write
from registry.coverage.problems import CoverageOverlaps
from registry.desk import Desk, IfMatch, check_version, writes
from registry.persons import merges
from registry.persons import store as persons
from registry.persons.problems import MergeUnfit
from registry.persons.schemas import Id
from registry.table import IdempotentRoute, take_turns

router = APIRouter(tags=["persons"], route_class=IdempotentRoute)
Writer = Annotated[Desk, Depends(writes("registry:write"))]
ALTERING = (*REFUSALS, *REPEATS, NotFound, VersionMissing, VersionMismatch, MergeUnfit)


class MergeIn(BaseModel):
    """Who remains."""

    model_config = ConfigDict(extra="forbid")

    into: Id


class SplitIn(BaseModel):
    """Nothing: the merge of this person is taken back. Or support that was written to the wrong person, and whose it
    is."""

    model_config = ConfigDict(extra="forbid")

    coverage_ids: Annotated[list[Id], Field(max_length=100)] = []
    to: Id | None = None

    @model_validator(mode="after")
    def says_whose(self) -> Self:
        """Support is told out to somebody."""
        if bool(self.coverage_ids) != (self.to is not None):
            raise Unfit("coverage_ids 与 to 须同时写 (coverage_ids and to go together)")
        return self


class MergedOut(BaseModel):
    """Who is whom from now on; `survivor_id` null where they are two again."""

    person_id: str
    survivor_id: str | None
    coverage_ids: list[str]


@router.post("/persons/{person_id}/merge", responses=problems(*ALTERING))
def merge_person(desk: Writer, person_id: str, body: MergeIn, if_match: IfMatch = None) -> MergedOut:
    """This person is that one. Nothing of either is lost: reads of both answer with the one that remains, and with what
    both hold; as known before now they are two. If-Match names the version seen of the one merged."""
    session, caller = desk.session, desk.caller
    take_turns(session, "persons")
    gone = persons.find(session, caller, person_id)
    kept = persons.find(session, caller, body.into)
    check_version(if_match, gone.version)
    if gone.person_id != person_id:
        raise MergeUnfit(reason="该人员已并入他人")
    merges.merge(session, gone.person_id, kept.person_id)
    _tell(desk, [kept.person_id])
    note(session, desk.ring, caller, "person.merge", person_id, persons=[gone.person_id, kept.person_id])
    return MergedOut(person_id=person_id, survivor_id=kept.person_id, coverage_ids=[])


@router.post("/persons/{person_id}/split", responses=problems(*ALTERING, CoverageOverlaps))
def split_person(desk: Writer, person_id: str, body: SplitIn, if_match: IfMatch = None) -> MergedOut:
    """Take back the merge of this person: everything is as before. Or tell out to another person the periods of support
    named. If-Match names the version seen of the person that is read under this id."""
    session, caller = desk.session, desk.caller
    take_turns(session, "persons")
    present = persons.find(session, caller, person_id)
    check_version(if_match, present.version)
    if body.to is None:
        persons.own(session, caller, person_id)  # it must be the caller's too, and not only who it was taken for
        kept = merges.split(session, person_id)
        _tell(desk, [person_id, merges.resolve(session, kept)])
        note(session, desk.ring, caller, "person.split", person_id, persons=[person_id, kept])
        return MergedOut(person_id=person_id, survivor_id=None, coverage_ids=[])
    other = persons.find(session, caller, body.to)
    mine = merges.owners(session, [present.person_id])
    for coverage_id in dict.fromkeys(body.coverage_ids):
        row = coverage.find(session, caller, coverage_id)
        if row.person_id not in mine or other.person_id == present.person_id:
            raise MergeUnfit(reason="所列保障不属于该人员，或转给了同一人")
        write.restate(session, row, {"person_id": other.person_id})
    _tell(desk, [present.person_id, other.person_id])
    both = [present.person_id, other.person_id]
    note(session, desk.ring, caller, "person.split", person_id, persons=both, coverage=body.coverage_ids)
    return MergedOut(person_id=person_id, survivor_id=None, coverage_ids=body.coverage_ids)


def _tell(desk: Desk, remaining: Iterable[str]) -> None:
    """Followers hear of those who remain and of everybody who is one of them."""
    everybody = sorted(merges.owners(desk.session, remaining))
    tell(desk.session, [Touched("person", one, area) for one, area in persons.areas_of(desk.session, everybody)])
