"""Maps of feeds put in force through the API, by version; those shipped with the project stand in maps/."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from kit.columns import Instant, Json
from matcher.table import Table


class FeedVersion(Table, table=True):
    """One version of a feed's map: never altered, so that a batch can be read again by the map it was taken with."""

    __tablename__ = "feed_version"

    feed: str = Field(primary_key=True, max_length=64)
    version: int = Field(primary_key=True)
    document: str  # the map, with the words of its vocabularies as they were
    made_by: str = Field(max_length=64)  # the client that put it in force
    made_at: datetime = Field(sa_type=Instant)
    reason: str = Field(max_length=300)
    changes: Any = Field(sa_type=Json)  # what it changed of the version before (feeds.changes)
