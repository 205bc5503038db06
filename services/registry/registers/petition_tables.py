"""What humans said of two petitions: a repetition or none. Never altered; the last word counts."""

from datetime import datetime

from sqlmodel import Field

from kit.columns import Instant
from registry.table import Table


class PetitionRepeat(Table, table=True):
    """One word on one pair; `first` is the petition made first."""

    __tablename__ = "petition_repeat"

    word_id: str = Field(primary_key=True, max_length=36)
    first: str = Field(max_length=36, index=True)
    second: str = Field(max_length=36, index=True)
    decision: str = Field(max_length=8)  # confirm | deny
    area: str = Field(max_length=12, index=True)  # of the second
    reason_sealed: str | None = None
    said_by: str = Field(max_length=64)
    said_at: datetime = Field(sa_type=Instant)
