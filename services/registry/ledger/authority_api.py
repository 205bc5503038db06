"""Who confirms which outcome in a county: set from a day on, read for a day."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from kit.problems import REFUSALS, REPEATS, NotFound, problems
from kit.scope import covers
from registry.access.problems import AreaOutside
from registry.audit.store import note
from registry.desk import Desk, reads, writes
from registry.ledger import authority
from registry.ledger.outcome_codes import OUTCOMES, OutcomeCode
from registry.ledger.schemas import Code
from registry.ledger.tables import Authority
from registry.settings import today
from registry.table import IdempotentRoute, take_turns
from registry.times import Asked, AsOf, KnownAt

router = APIRouter(tags=["ledger"], route_class=IdempotentRoute)
Reader = Annotated[Desk, Depends(reads("cases:read"))]
Setter = Annotated[Desk, Depends(writes("cases:approve"))]
County = Annotated[str, Path(pattern=r"^[0-9]{6}0{6}$", description="12-digit code of a county")]
Level = Literal["township", "county", "both"]


class AuthorityIn(BaseModel):
    """From which day on which codes are confirmed at which level."""

    model_config = ConfigDict(extra="forbid")

    valid_from: date
    rules: Annotated[dict[Code, Level], Field(min_length=1)]


class AuthorityRuleOut(BaseModel):
    """Who confirms a code; `valid_from` null: nothing was set, either may."""

    code: str
    code_title: str
    level: Level
    level_label: str
    valid_from: date | None
    recorded_at: datetime | None


class AuthorityOut(BaseModel):
    """The rules of a county on a day, for every code a second person confirms."""

    area: str
    as_of: date
    rules: list[AuthorityRuleOut]


@router.get("/authorities/{area}", responses=problems(*REFUSALS, NotFound))
def get_authority(desk: Reader, area: County, as_of: AsOf = None, known_at: KnownAt = None) -> AuthorityOut:
    """Who confirms which outcome in a county, on a day, as the registry believed at a moment."""
    if not covers(desk.caller.area, area) and not covers(area, desk.caller.area):
        raise NotFound
    return _out(desk, area, as_of or today(desk.settings), Asked(None, known_at))


@router.put("/authorities/{area}", responses=problems(*REFUSALS, *REPEATS, AreaOutside))
def put_authority(desk: Setter, area: County, body: AuthorityIn) -> AuthorityOut:
    """Set who confirms which outcome from a day on (L19); set again for the same day it supersedes."""
    if not covers(desk.caller.area, area):
        raise AreaOutside
    take_turns(desk.session, "authority")
    authority.put_rules(desk.session, area, body.valid_from, {str(code): level for code, level in body.rules.items()})
    note(desk.session, desk.ring, desk.caller, "authority.set", area, codes=sorted(body.rules))
    return _out(desk, area, body.valid_from, Asked())


def _out(desk: Desk, area: str, day: date, asked: Asked) -> AuthorityOut:
    found = authority.rules_on(desk.session, area, day, asked)
    rules = [_rule(code, found.get(code.code)) for code in OUTCOMES.values() if code.second_person]
    return AuthorityOut(area=area, as_of=day, rules=rules)


def _rule(code: OutcomeCode, row: Authority | None) -> AuthorityRuleOut:
    level = row.level if row else authority.BOTH
    return AuthorityRuleOut.model_validate(
        {
            "code": code.code,
            "code_title": code.title,
            "level": level,
            "level_label": authority.LEVELS[level],
            "valid_from": row and row.valid_from,
            "recorded_at": row and row.recorded_at,
        }
    )
