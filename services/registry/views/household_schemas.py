"""A household as readers see it: with its members, what is stated of its support, and its other notions."""

from datetime import date

from pydantic import BaseModel

from registry.households.kinds import HouseholdKind, MonitoredAs
from registry.households.schemas import HouseholdLinkOut, MemberOut


class HouseholdMemberOut(MemberOut):
    """A member; `covered`: whether 低保 or 特困 covers this very person on the day. Nobody is a member by it."""

    covered: bool


class HouseholdSupportOut(BaseModel):
    """What is stated of the household's support on the day, programme by programme. `form` (保障方式), `household_size`
    (家庭人口) and `covered_count` (保障人数) are three things and stated; `covered` counts the members it covers."""

    programme: str
    form: str | None
    household_size: int | None
    covered_count: int | None
    since: date
    covered: int
    suspended: int


class HouseholdOut(BaseModel):
    """A household with those who belong to it, covered or not."""

    household_id: str
    kind: HouseholdKind
    number: str
    area: str
    monitored_as: MonitoredAs | None
    members: list[HouseholdMemberOut]
    support: list[HouseholdSupportOut]
    links: list[HouseholdLinkOut]
