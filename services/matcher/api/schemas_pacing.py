"""What is held for the county to look at, and how fast a township's list grows."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from matcher.api.schemas import Out

State = Literal["held", "confirmed", "refused"]


class ScreenHoldOut(Out):
    """What one screen would list of one township: `found` of `people` known there, of them `listed` stand already.

    `held`: nobody new is listed until somebody decides; `confirmed`: listed; `refused`: not listed, until confirmed.
    """

    hold_id: str
    screen: str
    title: str
    area: str
    people: int
    found: int
    listed: int
    share: float
    state: State
    made_at: datetime
    counted_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


class ScreenHoldsOut(Out):
    """By area and screen."""

    holds: list[ScreenHoldOut]


class ScreenHoldDecisionIn(BaseModel):
    """What is said of a held screen, and why. `households_per_week` sets the township's pace with it."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["confirmed", "refused"]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=300)]
    households_per_week: Annotated[int, Field(ge=1, le=10_000)] | None = None


class PaceIn(BaseModel):
    """How many households a week come into hand; from `urgent_from` (0 to 100) a household comes at once."""

    model_config = ConfigDict(extra="forbid")

    households_per_week: Annotated[int, Field(ge=1, le=10_000)]
    urgent_from: Annotated[int, Field(ge=0, le=100)] = 90


class PaceOut(Out):
    """The pace of a township, or of each township of a county without one of its own."""

    area: str
    households_per_week: int
    urgent_from: int
    version: int
    set_by: str
    set_at: datetime


class PacesOut(Out):
    """By area."""

    paces: list[PaceOut]
