"""What each record is taken for: one row per record, with probability, evidence pattern and model version."""

from datetime import datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from kit.columns import Instant
from matcher.table import Table


class Link(Table, table=True):
    """Record (batch and line) → subject. An unregistered subject is somebody the matcher minted an id for."""

    __table_args__ = (UniqueConstraint("batch_id", "line"),)

    id: str = Field(primary_key=True, max_length=36)
    batch_id: str = Field(max_length=36)
    line: int
    subject_id: str = Field(max_length=36, index=True)
    registered: bool
    probability: float
    grade: str = Field(max_length=16)
    pattern: int | None = Field(
        default=None, sa_type=BigInteger
    )  # the packed agreement levels; with the model version they explain the score
    reason: str | None = Field(default=None, max_length=40)
    model_version: str = Field(max_length=80)
    area: str = Field(max_length=12, index=True)
    made_at: datetime = Field(sa_type=Instant)
