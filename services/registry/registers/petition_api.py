"""Repeated petitions, proposed and decided, and the ranking of townships (A11, A12)."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, problems
from kit.scope import NATION, holds
from kit.shapes import UnderArea
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.reveals import Unmasking
from registry.audit.store import note
from registry.changes.store import append as tell_followers
from registry.desk import Desk, writes
from registry.registers import petitions
from registry.registers.catalogue import REGISTERS
from registry.registers.petitions import CONFIRM, DENY, Opened, Pair
from registry.registers.placing import Clerk
from registry.registers.problems import RepeatUnknown
from registry.registers.repeated import begin_cases
from registry.registers.showing import Eyes, shown
from registry.registers.telling import eyes_for, known_people
from registry.table import IdempotentRoute, take_turns

router = APIRouter(tags=["registers"], route_class=IdempotentRoute)
Reader = Annotated[Desk, Depends(writes("registers:read"))]
Writer = Annotated[Desk, Depends(writes("registers:write"))]
State = Literal["proposed", "confirmed", "denied"]
EntryId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]
STATES: dict[str | None, State] = {None: "proposed", CONFIRM: "confirmed", DENY: "denied"}


class PetitionOut(BaseModel):
    """One petition of a pair, masked."""

    entry_id: str
    area: str
    number: str
    received_on: str
    petitioner: str | None
    matter: str


class RepeatOut(BaseModel):
    """Two petitions of one person on one matter: proposed, or as a human said."""

    first: PetitionOut
    second: PetitionOut
    likeness: float
    state: State


class RepeatPageOut(BaseModel):
    """Pairs, by area. `bounded`: of somebody with very many petitions only the latest were compared."""

    repeats: list[RepeatOut]
    bounded: bool
    cursor: str | None


class RepeatIn(BaseModel):
    """What a human says of two petitions."""

    model_config = ConfigDict(extra="forbid")

    first: EntryId
    second: EntryId
    decision: Literal["confirm", "deny"]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] | None = None


class RepeatSaidOut(BaseModel):
    """The word kept, the earlier petition first."""

    first: str
    second: str
    state: State
    said_at: datetime


class TownshipOut(BaseModel):
    """One division: petitions, those confirmed as repeated, those overdue, and petitions per 1 000 people supported."""

    area: str
    area_name: str
    petitions: int
    repeats: int
    overdue: int
    beneficiaries: int
    per_thousand: float | None


class RankingOut(BaseModel):
    """The divisions below an area, the worst first."""

    area: str
    as_of: str
    rows: list[TownshipOut]


@router.get(
    "/registers/petition/repeats",
    dependencies=[Depends(dear("search"))],
    responses=problems(TooManyRequests, *REFUSALS, CursorInvalid, AreaUnknown),
)
def list_petition_repeats(
    desk: Reader,
    page: Paged,
    area: UnderArea = None,
    state: Annotated[State | None, Query(description="Proposed, or as a human said; all by default")] = None,
) -> RepeatPageOut:
    """Petitions of the same person on the same matter: by likeness proposed, by humans confirmed or denied."""
    require(desk.session, desk.caller, area)
    found, bounded = petitions.found(Clerk.of(desk))
    pairs = [one for one in found if holds(desk.caller, area or NATION, one.second[0].area)]
    after = page.after("repeat", ["", "", ""])
    wanted = [one for one in pairs if one.key > after and state in {None, STATES[one.decision]}][: page.limit]
    opened = [each for one in wanted for each in (one.first, one.second)]
    register = REGISTERS[petitions.PETITION]
    eyes = eyes_for(desk, register, opened, Unmasking(None))
    told = {"persons": known_people(register, opened), "entries": sorted({row.entry_id for row, _ in opened})}
    note(desk.session, desk.ring, desk.caller, "petition.repeats", None, **told)
    last = wanted[-1].key if wanted else None
    return RepeatPageOut(
        repeats=[_repeat_out(one, eyes) for one in wanted],
        bounded=bounded,
        cursor=page.onwards("repeat", last, full=len(wanted) == page.limit),
    )


@router.post("/registers/petition/repeats", responses=problems(*REFUSALS, *REPEATS, RepeatUnknown))
def decide_petition_repeat(desk: Writer, body: RepeatIn) -> RepeatSaidOut:
    """Say that two petitions of one person are about one matter, or are not; the last word counts and is not proposed
    again."""
    clerk = Clerk.of(desk)
    take_turns(desk.session, "registers")
    pair = petitions.pair_of(clerk, body.first, body.second)
    if pair is None:
        raise RepeatUnknown
    said = petitions.say(desk.session, desk.ring, desk.caller, pair, (body.decision, body.reason))
    opened = [pair.first, pair.second]
    begun = begin_cases(desk, petitions.PETITION)
    if begun.touched:
        tell_followers(desk.session, begun.touched)
    people = known_people(REGISTERS[petitions.PETITION], opened)
    told = {"decision": said.decision, "first": said.first, "persons": people}
    note(desk.session, desk.ring, desk.caller, "petition.decide", said.second, **told)
    begun.note(desk)
    return RepeatSaidOut(first=said.first, second=said.second, state=STATES[said.decision], said_at=said.said_at)


@router.get(
    "/registers/petition/ranking",
    dependencies=[Depends(dear("search"))],
    responses=problems(TooManyRequests, *REFUSALS, AreaUnknown),
)
def get_petition_ranking(desk: Reader, area: UnderArea = None) -> RankingOut:
    """Townships by petitions per 1 000 people supported, repeats and overdue ones, the worst first."""
    require(desk.session, desk.caller, area)
    clerk = Clerk.of(desk)
    rows = petitions.ranking(clerk, area or desk.caller.area)
    note(desk.session, desk.ring, desk.caller, "petition.ranking", None, of=area or desk.caller.area)
    return RankingOut(
        area=area or desk.caller.area,
        as_of=clerk.day.isoformat(),
        rows=[
            TownshipOut(
                area=one.area,
                area_name=one.name,
                petitions=one.petitions,
                repeats=one.repeats,
                overdue=one.overdue,
                beneficiaries=one.beneficiaries,
                per_thousand=one.per_thousand,
            )
            for one in rows
        ],
    )


def _repeat_out(one: Pair, eyes: Eyes) -> RepeatOut:
    first, second = (_petition_out(each, eyes) for each in (one.first, one.second))
    return RepeatOut(first=first, second=second, likeness=one.likeness, state=STATES[one.decision])


def _petition_out(opened: Opened, eyes: Eyes) -> PetitionOut:
    row, content = opened
    told = shown(REGISTERS[petitions.PETITION], content.values, eyes)
    return PetitionOut(
        entry_id=row.entry_id,
        area=row.area,
        number=told["number"],
        received_on=told["received_on"],
        petitioner=told["petitioner"]["name"] if told["petitioner"] else None,
        matter=told["matter"],
    )
