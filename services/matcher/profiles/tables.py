"""Profiles of an area, every step of each, and the simulations made of drafts."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field

from kit.columns import Instant, Json
from kit.lease import LeaseColumns
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


class ScreenSimulation(LeaseColumns, Table, table=True):
    """A simulation of a draft asked for: the row is the job, and what it found stays with it."""

    __tablename__ = "screen_simulation"

    id: str = Field(primary_key=True, max_length=36)
    profile_id: str = Field(max_length=36, index=True)
    profile_version: int
    state: str = Field(max_length=8, index=True)  # waiting | running | done | failed
    phase: str = Field(default="", max_length=16)
    done: int = 0  # of `total` parts
    total: int = 0
    attempts: int = 0
    error: str | None = Field(default=None, max_length=40)  # a code
    as_of: date | None = None  # the day it was made for
    basis: str | None = Field(default=None, max_length=64)  # digest of what it looked at
    rules: str | None = Field(default=None, max_length=64)  # digest of the profiles the draft was laid beside
    found: Any = Field(default=None, sa_type=Json, nullable=True)  # counts by division and screen
    sample: str | None = None  # sealed JSON: some of those who would come and go, names masked
    asked_by: str = Field(max_length=64)
    area: str = Field(max_length=12, index=True)  # of the profile
    created_at: datetime = Field(sa_type=Instant, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
