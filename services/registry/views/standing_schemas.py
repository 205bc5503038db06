"""How a household stood on a day, by the knowledge of a moment, and why it was or was not on a list."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from registry.categories.schemas import CategoryReasonOut
from registry.coverage.rules import Status
from registry.coverage.schemas import SuspensionOut
from registry.households.kinds import HouseholdKind

FindingCode = Literal[
    "household-unknown", "nobody", "members-by-coverage", "died", "merged", "protected", "covered", "phasing-out",
    "suspended", "ended", "planned", "other-support", "beside-single", "not-covered", "category", "case-open",
    "case-closed", "suppressed", "no-case",
]  # fmt: skip
LaterKind = Literal["person", "member", "household", "link", "coverage", "suspension", "merge", "case"]


class StandingFindingOut(BaseModel):
    """One thing that decides, in a sentence for the village; `person_id` is null of the household."""

    code: FindingCode
    person_id: str | None
    text: str


class StandingPlaceOut(BaseModel):
    """A place in a household, by whichever notion."""

    household_id: str
    kind: HouseholdKind
    number: str
    relation: str | None
    is_head: bool
    valid_from: date


class StandingCoverageOut(BaseModel):
    """A period of support and what it was on the day."""

    coverage_id: str
    programme: str
    form: str | None
    start: date
    end: date | None
    status: Status
    covers: bool
    end_reason: str | None
    suspensions: list[SuspensionOut]


class StandingCaseOut(BaseModel):
    """A case about the person or the household as it stood then; `suppressed_until`: the same lead stays away till."""

    case_id: str
    state: str
    state_label: str
    opened_on: date
    codes: list[str]
    suppressed_until: date | None


class StandingMemberOut(BaseModel):
    """A member as it stood. Of a protected member nothing is told but that there is one."""

    person_id: str
    name: str
    relation: str | None
    is_head: bool
    protected: bool
    died_on: date | None
    covered: bool
    households: list[StandingPlaceOut]
    coverage: list[StandingCoverageOut]
    categories: list[CategoryReasonOut]
    cases: list[StandingCaseOut]
    merged: list[str]


class LaterOut(BaseModel):
    """Something that was recorded only afterwards: what it is of, when it came, and that it did; read it itself."""

    kind: LaterKind
    at: datetime
    person_id: str | None
    text: str


class StandingDifferenceOut(BaseModel):
    """What the two moments said differently: the findings of the one alone, and of the other alone."""

    known_at: datetime
    only_then: list[StandingFindingOut]
    only_now: list[StandingFindingOut]


class HouseholdStandingOut(BaseModel):
    """A household on a day by the knowledge of a moment. `later` is what came after it, oldest first, `later_count` how
    much of that there is; `difference` against the moment `compared_to`, if asked for."""

    household_id: str
    as_of: date
    known_at: datetime | None
    known: bool
    kind: HouseholdKind | None
    number: str | None
    area: str | None
    cases: list[StandingCaseOut]
    members: list[StandingMemberOut]
    findings: list[StandingFindingOut]
    later: list[LaterOut]
    later_count: int
    difference: StandingDifferenceOut | None
