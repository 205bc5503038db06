"""Subjects the matcher minted, and the matcher's standing: how far it follows the registry, what is to be derived."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field

from kit.columns import Instant, Json
from kit.lease import LeaseColumns
from matcher.table import Table

STANDING = "standing"


class Subject(Table, table=True):
    """Somebody no registry knows (yet). A merge is a redirect: `survivor_id`, kept for ever."""

    id: str = Field(primary_key=True, max_length=36)
    survivor_id: str | None = Field(default=None, max_length=36, index=True)
    survivor_registered: bool = False
    cause: str | None = Field(default=None, max_length=24)  # of the merge: linked | clustered | registry
    area: str = Field(max_length=12, index=True)
    created_at: datetime = Field(sa_type=Instant)
    merged_at: datetime | None = Field(default=None, sa_type=Instant)


class Standing(LeaseColumns, Table, table=True):
    """One row. Linking, screening and publishing look at everybody at once, so one worker at a time holds it.

    Counters, not flags: a step notes the count it started from, so that what changes meanwhile is not lost.
    """

    id: str = Field(primary_key=True, max_length=36)
    state: str = Field(max_length=16)
    created_at: datetime = Field(sa_type=Instant)
    cursor: str | None = None  # where the registry's changefeed is resumed; null before the first export
    files: Any = Field(
        default=None, sa_type=Json, nullable=True
    )  # the people snapshot: base first, then the changes, in order
    asked_at: datetime | None = Field(default=None, sa_type=Instant)
    identities: int = 0  # moves when somebody's identity in the registry changes
    linked: int = 0  # `identities` at the last linking of everything
    linkings: int = 0  # moves with every linking: what a process keeps of the unregistered holds for one count
    inputs: int = 0  # moves when anything a screen looks at changes
    screened: int = 0  # `inputs` at the last screening
    screened_on: date | None = None
    # What the registry derives of people: kind → its stamp and its sealed file; the day it was last asked for, null
    # since the changefeed moved; when an attempt that did not end well began.
    fact_files: Any = Field(default=None, sa_type=Json, nullable=True)
    facts_on: date | None = None
    facts_tried_at: datetime | None = Field(default=None, sa_type=Instant)
    change_seq: int = 0  # the number last given in lead_change
    change_floor: int = 0  # the highest number forgotten there
