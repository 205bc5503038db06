"""What the ledger last said of each lead, and what the answers teach: decisions, shields, labels."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from kit.columns import Instant, Json
from matcher.table import Table

_GIVEN = text("verdict = 'confirm'")


class Settlement(Table, table=True):
    """One lead as the ledger last told of it: one row, replaced by every newer word."""

    lead_id: str = Field(primary_key=True, max_length=36)
    item_id: str = Field(max_length=36)
    case_id: str = Field(max_length=36, index=True)
    case_version: int
    case_state: str = Field(max_length=24)
    area: str = Field(max_length=12, index=True)
    kind: str = Field(max_length=8)  # missed | wrong | doubt
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
    confirmed for one person at most: the database itself refuses a second.
    """

    __table_args__ = (
        UniqueConstraint("record_print", "person_id"),
        Index("uq_decision_given", "record_print", unique=True, sqlite_where=_GIVEN, postgresql_where=_GIVEN),
    )

    id: str = Field(primary_key=True, max_length=36)
    record_print: str = Field(max_length=32)
    person_id: str = Field(max_length=36, index=True)
    verdict: str = Field(max_length=8)  # confirm | reject
    code: str = Field(max_length=8)  # of the answer; "review" of a reviewer, "registry" of the registry itself
    source: str = Field(max_length=36)  # the outcome, or the reviewer's reading
    lead_id: str = Field(max_length=36, index=True)  # "" where no lead was answered
    batch_id: str = Field(max_length=36)  # where the row stood
    line: int
    area: str = Field(max_length=12, index=True)
    made_at: datetime = Field(sa_type=Instant)


class DecisionEntry(Table, table=True):
    """Every word ever said on a record and a person, in order and never altered: `Decision` is what it comes to.

    verdict: confirm | reject, as said; revoke: what `source` said is taken back; moved: the registry merged the person
    named by `source` into `person_id`.
    """

    __tablename__ = "decision_entry"

    number: int | None = Field(default=None, primary_key=True)
    record_print: str = Field(max_length=32, index=True)
    person_id: str = Field(max_length=36)
    verdict: str = Field(max_length=8)
    code: str = Field(max_length=8)
    source: str = Field(max_length=36, index=True)
    lead_id: str = Field(max_length=36)
    batch_id: str = Field(max_length=36)
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
    """What an answer says of one record, with the evidence as it was: material to judge and to train by. Never altered,
    and gone when the answer is taken back (which the history of decisions and readings keeps).

    verdict: match | no-match | identity-wrong (of a row nobody is registered for) | not-found | record-wrong (the row
    bears the person's own number and is wrong in what it says) | disagrees (no answer: a stated rule finds the row
    weaker than what it disagrees with, see flows/ask_senders; nothing is judged or trained by it).
    selection: rule (of `disagrees`) | visit (a township answered) | sample:<grade> (drawn from links nobody doubts) |
    queue:<band> (a doubt of the review queue, by the probability of its likeliest candidate). `inclusion` is the
    probability of being asked about at all: a sample's own, of a queue's band the share answered by then; null where
    nobody knows.
    """

    __table_args__ = (UniqueConstraint("source", "batch_id", "line", "person_id"),)

    id: str = Field(primary_key=True, max_length=36)
    source: str = Field(max_length=36, index=True)  # the outcome, or the reviewer's reading
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
    selection: str = Field(default="visit", max_length=40)
    inclusion: float | None = None
    area: str = Field(max_length=12, index=True)
    made_at: datetime = Field(sa_type=Instant)


class CorrectionWord(Table, table=True):
    """What was said of a request to correct a row (a label), in order and never altered: the last word holds.

    said, by the agency: corrected-at-source | confirmed-right | cannot-verify; by the county office, of a row the
    agency says is right: agency-right | visit-right.
    """

    __tablename__ = "correction_word"

    number: int | None = Field(default=None, primary_key=True)
    correction_id: str = Field(max_length=36, index=True)
    lead_id: str = Field(max_length=36, index=True)
    said: str = Field(max_length=20)
    reason: str | None = None  # sealed
    agency: str = Field(max_length=64)
    area: str = Field(max_length=12, index=True)
    client_id: str = Field(max_length=64)
    said_at: datetime = Field(sa_type=Instant)
