"""What the doors of settings, profiles and simulations take and answer."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from matcher.api.schemas import Out

AreaCode = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
Name = Annotated[str, Field(min_length=1, max_length=64)]
Text = Annotated[str, Field(min_length=2, max_length=300, pattern=r"\S.*\S")]


class SettingOriginOut(Out):
    """The profile a value comes from; without an id: shipped with the product."""

    profile_id: str | None
    area: str
    campaign: str | None
    valid_from: date
    valid_to: date | None


class SettingOut(Out):
    """A setting the screens read: what it may be, what it is, by which document, and which screens read it."""

    setting: str
    title: str
    unit: str
    kind: Literal[
        "amount", "whole", "words", "flag", "grades", "diseases", "per-screen", "colours", "day", "orders"
    ]  # fmt: skip
    may_be_open: bool
    low: float | date | None
    high: float | date | None
    among: list[str]
    value: Any
    basis: str | None
    origin: SettingOriginOut | None
    screens: list[str]


class SettingsOut(Out):
    """All settings, as they stand in an area on a day."""

    area: str
    on: date
    parameters_version: str | None  # None: the day lies before the first values
    settings: list[SettingOut]


class ProfileIn(BaseModel):
    """What a profile says. `values`: setting → value; `basis`: setting → the document it comes from."""

    model_config = ConfigDict(extra="forbid")

    area: AreaCode
    valid_from: date
    valid_to: date | None = None
    campaign: Annotated[str, Field(min_length=2, max_length=80, pattern=r"\S")] | None = None
    exempt: bool = False
    purpose: Text
    values: Annotated[dict[Name, Any], Field(max_length=200)]
    basis: Annotated[dict[Name, Text], Field(max_length=200)]


class ProfileEndIn(BaseModel):
    """The last day a profile holds: yesterday at the earliest."""

    model_config = ConfigDict(extra="forbid")

    last_day: date
    reason: Text


class ProfileRestoreIn(BaseModel):
    """From when (today, where nothing is said) until when a former profile's values hold again."""

    model_config = ConfigDict(extra="forbid")

    valid_from: date | None = None
    valid_to: date | None = None
    purpose: Text


class ProfileOut(Out):
    """A profile. `ended`: its last day is over; `in_force`: it decides something in its area today."""

    profile_id: str
    area: str
    valid_from: date
    valid_to: date | None
    campaign: str | None
    exempt: bool
    purpose: str
    values: dict[str, Any]
    basis: dict[str, str]
    state: Literal["draft", "approved", "ended", "withdrawn"]
    in_force: bool
    version: int
    former_id: str | None
    simulation_id: str | None
    drafted_by: str
    approved_by: str | None
    approved_at: datetime | None
    created_at: datetime
    changed_at: datetime


class ProfilesOut(Out):
    """A page of profiles, the oldest first."""

    profiles: list[ProfileOut]
    cursor: str | None


class ProfileStepOut(Out):
    """What was done to a profile, and what it said then."""

    version: int
    step: Literal["drafted", "changed", "approved", "restored", "ended", "withdrawn"]
    reason: str | None
    document: dict[str, Any]
    made_by: str
    made_at: datetime


class ProfileDetailOut(ProfileOut):
    """A profile with its history and the simulation asked for last."""

    steps: list[ProfileStepOut]
    newest_simulation: str | None


class SimulationRowOut(Out):
    """People of a division (or of all of it) on the list by one screen, or by any (`screen` null). Empty counts are
    withheld."""

    area: str | None = None
    area_name: str | None = None
    screen: str | None
    title: str | None
    before: int | None
    after: int | None
    appear: int | None
    vanish: int | None


class SimulatedPersonOut(Out):
    """Somebody who would come or go; the name is masked."""

    change: Literal["appear", "vanish"]
    subject_id: str
    area: str
    name: str | None
    tier: str
    screens: list[str]


class SimulationOut(Out):
    """A simulation: how far it is and what it found. `stale`: something it looked at has moved since; `usable`: the
    draft may be approved by it."""

    simulation_id: str
    profile_id: str
    profile_version: int
    area: str
    state: Literal["waiting", "running", "done", "failed"]
    phase: str
    done: int
    total: int
    error: str | None
    reason: str | None
    as_of: date | None
    stale: bool
    usable: bool
    by_division: list[SimulationRowOut]
    by_screen: list[SimulationRowOut]
    withheld: bool
    sample: list[SimulatedPersonOut]
    asked_by: str
    created_at: datetime
    ended_at: datetime | None
