"""The journal on the wire."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class JournalEntryOut(BaseModel):
    """One entry: who, what, about whom (an id), for which purpose."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str | None
    purpose: str | None
    detail: dict[str, Any]


class JournalPageOut(BaseModel):
    """A page of the journal, oldest first."""

    entries: list[JournalEntryOut]
    cursor: str | None
