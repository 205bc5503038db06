"""Samples, the frames they were drawn from, and what was found. A drawn sample is never altered."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from kit.columns import Instant
from registry.table import Table


class Sample(Table, table=True):
    """A sample: from what, by which seed, how many, and the digest of its frame."""

    __tablename__ = "sample"

    sample_id: str = Field(primary_key=True, max_length=36)
    area: str = Field(max_length=12, index=True)
    title: str = Field(max_length=100)
    of: str = Field(max_length=16)  # cases | townships | beneficiaries
    weighted: bool  # by risk, else all alike
    first: date | None = None
    last: date | None = None
    seed: str = Field(max_length=64)
    size: int
    frame_size: int
    frame_digest: str = Field(max_length=64)
    frame_packed: str  # ids with weights, in order: what is drawn from
    drawn_on: date
    drawn_at: datetime = Field(sa_type=Instant)
    drawn_by: str = Field(max_length=36)


class SamplePick(Table, table=True):
    """One drawn unit, in the order of drawing, and what the inspectors found there."""

    __tablename__ = "sample_pick"
    __table_args__ = (UniqueConstraint("sample_id", "place"),)

    pick_id: str = Field(primary_key=True, max_length=36)
    sample_id: str = Field(max_length=36, foreign_key="sample.sample_id")
    place: int  # 1 = drawn first
    unit: str = Field(max_length=36)
    area: str = Field(max_length=12)
    weight: int
    result: str | None = Field(default=None, max_length=12)  # sound | wrong | not-met
    finding_sealed: str | None = None
    found_at: datetime | None = Field(default=None, sa_type=Instant)
    found_by: str | None = Field(default=None, max_length=36)
