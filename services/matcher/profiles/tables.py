"""Profiles of an area, every step of each, and the simulations made of drafts."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field

from kit.columns import Instant, Json
from matcher.job_rows import JobColumns
from matcher.table import Table


class ScreenProfile(Table, table=True):
    """Values of one area for some days. Once approved nothing of it moves but the day it ends on."""

    __tablename__ = "screen_profile"

    id: str = Field(primary_key=True, max_length=36)
    area: str = Field(max_length=12, index=True)
    valid_from: date
    valid_to: date | None = None  # the last day; a campaign has one
    campaign: str | None = Field(default=None, max_length=80)  # its name; None: the area's ordinary profile
    exempt: bool = False  # whoever is granted 低保 under it is spared the check of means until it ends
    purpose: str = Field(max_length=300)
    settings: Any = Field(sa_type=Json)  # name → value
    basis: Any = Field(sa_type=Json)  # name → the document the value comes from
    state: str = Field(max_length=12, index=True)  # draft | approved | withdrawn
    version: int = 1  # moves with every step
    serial: int | None = Field(default=None, unique=True)  # the order of approval
    former_id: str | None = Field(default=None, max_length=36)  # whose values it brought back
    simulation_id: str | None = Field(default=None, max_length=36)  # what its approval rests on
    drafted_by: str = Field(max_length=64)
    hands: Any = Field(sa_type=Json)  # every account that wrote at the draft: none of them approves it
    approved_by: str | None = Field(default=None, max_length=64)
    approved_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    changed_at: datetime = Field(sa_type=Instant)


class ScreenProfileStep(Table, table=True):
    """What was done to a profile, by whom, and how it stood then. Only ever added to."""

    __tablename__ = "screen_profile_step"

    id: str = Field(primary_key=True, max_length=36)
    profile_id: str = Field(max_length=36, index=True)
    version: int
    step: str = Field(max_length=12)  # drafted | changed | approved | restored | ended | withdrawn
    reason: str | None = Field(default=None, max_length=300)
    document: Any = Field(sa_type=Json)  # area, days, campaign, exempt, purpose, values, basis
    made_by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=Instant)


class ScreenSimulation(JobColumns, Table, table=True):
    """A simulation of a draft asked for; its area is the profile's."""

    __tablename__ = "screen_simulation"

    profile_id: str = Field(max_length=36, index=True)
    profile_version: int
    as_of: date | None = None  # the day it was made for
    rules: str | None = Field(default=None, max_length=64)  # digest of the profiles the draft was laid beside
