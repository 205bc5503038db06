"""What the ledger last said of each lead, and what the answers teach: decisions, shields, labels."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from kit.columns import Instant, Json
from matcher.table import Table


class Settlement(Table, table=True):
    """One lead as the ledger last told of it: one row, replaced by every newer word."""

    lead_id: str = Field(primary_key=True, max_length=36)
    item_id: str = Field(max_length=36)
    case_id: str = Field(max_length=36, index=True)
    case_version: int
    case_state: str = Field(max_length=24)
    area: str = Field(max_length=12, index=True)
    kind: str = Field(max_length=8)  # missed | wrong
    standing: str = Field(max_length=20, index=True)  # pending | revisit | awaiting-approval | in-progress | settled
    lead_version: int  # the version the ledger has
    code: str | None = Field(default=None, max_length=8)
    outcome_id: str | None = Field(default=None, max_length=36)  # without a code: the step that closed it by hand
    reported_on: date | None = None
    settled_on: date | None = None
    suppress_until: date | None = None  # the last day the same lead stays away; null = until facts change
    closed_reason: str | None = Field(default=None, max_length=50)
    person_id: str | None = Field(default=None, max_length=36, index=True)  # whom the answer named
    duplicate_of: str | None = Field(default=None, max_length=64)  # the other lead, of a duplicate
    stated: str | None = None  # sealed JSON: died_on, name, id_number as the answer completed them
    basis: Any = Field(default=None, sa_type=Json, nullable=True)  # what was known when it was settled (Lead.basis)
    decided: str | None = Field(default=None, max_length=36)  # the outcome whose decisions are made
    heard_at: datetime = Field(sa_type=Instant)


class Decision(Table, table=True):
    """A human's word on a record and a person: it outranks every score, for this row and for the same row again.

    `record_print` is a keyed digest of what the row says of its person; the latest word on a pair holds, and a row is
    confirmed for one person at most.
    """

    __table_args__ = (UniqueConstraint("record_print", "person_id"),)

    id: str = Field(primary_key=True, max_length=36)
    record_print: str = Field(max_length=32)
    person_id: str = Field(max_length=36, index=True)
    verdict: str = Field(max_length=8)  # confirm | reject
    code: str = Field(max_length=8)  # of the answer
    source: str = Field(max_length=36)  # the outcome
    lead_id: str = Field(max_length=36, index=True)
    batch_id: str = Field(max_length=36)  # where the row stood
    line: int
    area: str = Field(max_length=12, index=True)
    made_at: datetime = Field(sa_type=Instant)


class Shield(Table, table=True):
    """Somebody who was seen alive: no death record counts against them but one that bears their own number."""

    person_id: str = Field(primary_key=True, max_length=36)
    lead_id: str = Field(max_length=36)
    source: str = Field(max_length=36)  # the outcome
    area: str = Field(max_length=12, index=True)
    made_at: datetime = Field(sa_type=Instant)


class ToldDeath(Table, table=True):
    """Somebody found to have died, at the door: a fact no delivery carries, held until somebody answers otherwise."""

    __tablename__ = "told_death"

    subject_id: str = Field(primary_key=True, max_length=36)
    died_on: str | None = None  # sealed
    lead_id: str = Field(max_length=36, index=True)
    source: str = Field(max_length=36)  # the outcome
    area: str = Field(max_length=12, index=True)
    made_at: datetime = Field(sa_type=Instant)


class Label(Table, table=True):
    """What an answer says of one record, with the evidence as it was: material to judge and to train by. Never altered.

    verdict: match | no-match | identity-wrong (of a row nobody is registered for) | not-found | record-wrong (the row
    bears the person's own number and is wrong in what it says).
    """

    __table_args__ = (UniqueConstraint("source", "batch_id", "line", "person_id"),)

    id: str = Field(primary_key=True, max_length=36)
    source: str = Field(max_length=36, index=True)  # the outcome
    code: str = Field(max_length=8, index=True)
    verdict: str = Field(max_length=16, index=True)
    lead_id: str = Field(max_length=36, index=True)
    feed: str = Field(max_length=64)
    batch_id: str = Field(max_length=36, index=True)
    line: int
    record_print: str = Field(max_length=32)
    person_id: str = Field(max_length=36)  # or the subject the row was taken for
    probability: float | None = None
    pattern: int | None = Field(default=None, sa_type=BigInteger)
    model_version: str | None = Field(default=None, max_length=80)
    area: str = Field(max_length=12, index=True)
    made_at: datetime = Field(sa_type=Instant)
