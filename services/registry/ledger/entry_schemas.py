"""Entries of recognised people in the provincial platform, on the wire."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from registry.ledger.schemas import Id, RowErrorOut


class PlatformEntryIn(BaseModel):
    """Somebody was entered on a day under a number."""

    model_config = ConfigDict(extra="forbid")

    item_id: Id
    entered_on: date
    entry_number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class PlatformRefusalIn(BaseModel):
    """The platform refused somebody on a day, and why."""

    model_config = ConfigDict(extra="forbid")

    item_id: Id
    refused_on: date
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class EntriesIn(BaseModel):
    """Up to 500 entries."""

    model_config = ConfigDict(extra="forbid")

    entries: Annotated[list[PlatformEntryIn], Field(min_length=1, max_length=500)]


class EntryResultOut(BaseModel):
    """What became of one entry of many."""

    index: int
    item_id: str
    result: Literal["taken", "unchanged", "refused"]
    errors: list[RowErrorOut]


class EntriesOut(BaseModel):
    """What became of all of them, in order."""

    taken: int
    unchanged: int
    refused: int
    results: list[EntryResultOut]


class RecognisedOut(BaseModel):
    """Somebody recognised, and whether the platform has them; masked. `late`: not entered by `due_on`, or after it.
    `refused_on`, `refusal`: the platform's last word, where it was a refusal."""

    item_id: str
    case_id: str
    area: str
    name: str | None
    code: str
    code_title: str
    reported_on: date | None
    due_on: date
    entered_on: date | None
    late: bool
    refused_on: date | None = None
    refusal: str | None = None


class RecognisedPageOut(BaseModel):
    """A page of recognised people."""

    recognised: list[RecognisedOut]
    cursor: str | None
