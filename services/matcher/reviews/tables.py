"""Doubts: a record that may be somebody, put to a human."""

from datetime import datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from kit.columns import Instant
from matcher.table import Table


class Review(Table, table=True):
    """One record × one candidate a human should look at. `subject_id` is whom the record counts as meanwhile."""

    __table_args__ = (UniqueConstraint("batch_id", "line", "candidate_id"),)

    id: str = Field(primary_key=True, max_length=36)
    batch_id: str = Field(max_length=36)
    line: int
    candidate_id: str = Field(max_length=36, index=True)
    subject_id: str = Field(max_length=36, index=True)
    reason: str = Field(max_length=40)
    probability: float
    pattern: int | None = Field(default=None, sa_type=BigInteger)
    model_version: str = Field(max_length=80)
    state: str = Field(max_length=16, index=True)  # open | settled
    area: str = Field(max_length=12, index=True)
    made_at: datetime = Field(sa_type=Instant)
