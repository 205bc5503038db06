"""Doubts put to a human: the pairs linking is unsure of, the queue of records to decide on, and what was answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from kit.columns import Instant, Json
from kit.lease import LeaseColumns
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


class Doubt(LeaseColumns, Table, table=True):
    """One record in the queue with everybody it may be: asked once, whatever the number of candidates, of feeds that
    carry the same row, and of months in which it comes again. Also, as `sample`, a record nobody doubts, drawn to
    measure how often links are right.
    """

    __table_args__ = (UniqueConstraint("area", "record_print"), Index("ix_doubt_queue", "state", "value"))

    id: str = Field(primary_key=True, max_length=36)
    record_print: str = Field(max_length=32, index=True)
    area: str = Field(max_length=12)
    feed: str = Field(max_length=64)
    kind: str = Field(max_length=8)  # doubt | sample
    reason: str = Field(max_length=40)  # of the likeliest candidate
    state: str = Field(max_length=12)  # open | settled | deferred (nobody could tell) | closed (no question any more)
    stage: str = Field(max_length=12)  # which reading it waits for: first | second | adjudication
    closed_reason: str | None = Field(default=None, max_length=24)
    round: int = 1  # moves when it is asked anew, of other candidates: earlier readings were of another question
    wanted: int = 1  # readings: 2 where the keyed draw wants a blind second one
    version: int = 1  # moves with whatever a reviewer looks at
    value: float  # what the queue is ordered by; `why` says how it came about
    why: Any = Field(sa_type=Json)  # [{code, points, text}]
    batch_id: str = Field(max_length=36)  # where the row stands now, in the newest delivery
    line: int
    places: Any = Field(sa_type=Json)  # ["batch:line"] of the same row in all deliveries that count, bounded
    records: int  # of the subject it is taken for
    subject_id: str = Field(max_length=36)
    registered: bool
    grade: str = Field(max_length=16)  # of the link that stands
    candidates: Any = Field(
        sa_type=Json
    )  # [{person_id, probability, pattern, reason, model_version, linked}], best first
    probability: float  # of the likeliest
    fingerprint: str = Field(max_length=32)
    sides: str  # sealed JSON: the record, and each candidate, as they were held against each other
    selection: str = Field(max_length=40, index=True)  # how it came into the queue
    inclusion: float | None = None  # of a sample: the probability with which it was drawn
    not_before: datetime | None = Field(default=None, sa_type=Instant)  # put off until then
    claimed_at: datetime | None = Field(default=None, sa_type=Instant)
    made_at: datetime = Field(sa_type=Instant)
    changed_at: datetime = Field(sa_type=Instant)
    leased_by: str | None = Field(default=None, max_length=64, index=True)


class Reading(Table, table=True):
    """What one reviewer answered once. Never altered: an answer taken back is another row that `revokes` it."""

    __table_args__ = (UniqueConstraint("revokes"),)

    id: str = Field(primary_key=True, max_length=36)
    doubt_id: str = Field(max_length=36, index=True)
    round: int
    stage: str = Field(max_length=12)
    area: str = Field(max_length=12, index=True)
    reviewer: str = Field(max_length=64, index=True)
    verdict: str = Field(max_length=12)  # same | different | unsure | later | revoke
    person_id: str | None = Field(default=None, max_length=36)  # of `same`: who
    revokes: str | None = Field(default=None, max_length=36)
    comment: str | None = None  # sealed
    seen: Any = Field(sa_type=Json)  # the question as it was: candidates, kind, reason, grade, selection, inclusion
    record_print: str = Field(max_length=32)
    batch_id: str = Field(max_length=36)
    line: int
    seconds: float | None = None  # from the claim to the answer
    made_at: datetime = Field(sa_type=Instant)
